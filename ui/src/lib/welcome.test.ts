import { expect, it } from 'vitest';

import type { Face } from './bindings/Face';
import { after, before, resume } from './welcome';

const face = (enrolled: boolean, address: boolean, testable: boolean) =>
  ({ enrolled, address: address ? { A3: 'Denver' } : null, testable }) as Face;

it('goes on where it was left', () => {
  expect(resume(null)).toBe('limits');
  expect(resume(face(false, false, false))).toBe('limits');
  expect(resume(face(true, false, false))).toBe('place');
  expect(resume(face(true, true, true))).toBe('test');
});

it('leaves out what is done or cannot be done yet', () => {
  expect(after('limits', null)).toBe('permission');
  expect(after('permission', face(true, false, false))).toBe('place');
  expect(after('place', face(true, true, false))).toBeNull();
  expect(after('place', face(true, true, true))).toBe('test');
  expect(after('test', face(true, true, true))).toBeNull();
  expect(before('place', face(true, true, true))).toBe('permission');
  expect(before('limits', null)).toBeNull();
});
