import { expect, it } from 'vitest';

import { route, tame } from './route';

it('reads pages and what comes along', () => {
  expect(route('').page).toBe('status');
  expect(route('#/nowhere').page).toBe('status');
  expect(route('#/question?unasked').words.has('unasked')).toBe(true);
  const welcome = route('#/welcome?code=AB%2B1&registry=https%3A%2F%2Fr.example%3Fx%3D1');
  expect([welcome.page, welcome.words.get('code'), welcome.words.get('registry')]).toEqual([
    'welcome', 'AB+1', 'https://r.example?x=1',
  ]);
});

it('keeps a hostile link to one plain line', () => {
  expect(tame('a\u202Eb\nc\u0000<b>')).toBe('abc<b>');
  expect(tame('x'.repeat(1000))).toHaveLength(300);
  expect(tame(null)).toBe('');
});
