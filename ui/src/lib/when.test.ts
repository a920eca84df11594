import { expect, it } from 'vitest';

import { ago, moment } from './when';

it('says instants as people do', () => {
  const now = new Date(2026, 4, 12, 16, 30).getTime();
  const back = (minutes: number) => ago(now - minutes * 60_000, now);
  expect([0, 1, 59, 60, 1440, -1].map(back)).toEqual([
    'just now', '1 minute ago', '59 minutes ago', 'at 15:30', 'on 11 May, 16:30', 'at a time this computer cannot tell',
  ]);
  expect(moment(new Date(2025, 10, 3, 9, 4).getTime(), now)).toBe('3 November 2025, 09:04');
});
