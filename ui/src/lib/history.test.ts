import { expect, it } from 'vitest';

import type { Confirmation } from './bindings/Confirmation';
import { outcome, where } from './history';

const one: Confirmation = {
  at: 0, revision: 1, address: null, instead: 'withdrawn', basis: null, registered_at: null, refused_at: null, matched: null,
};

it('says what became of a confirmation, and no more than was seen', () => {
  expect(outcome(one)).toEqual({ shape: 'unknown', text: 'Not seen at the registry' });
  expect(outcome({ ...one, registered_at: 1 }).text).toBe('Registered');
  expect(outcome({ ...one, registered_at: 1, matched: false }).shape).toBe('alert');
  expect(outcome({ ...one, refused_at: 1, registered_at: 1 }).text).toBe('The registry refused it');
  expect(where(one)).toBe('Taken back after this computer moved');
  expect(where({ ...one, address: '12 Elm Street' })).toBe('12 Elm Street');
});
