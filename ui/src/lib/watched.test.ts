import { describe, expect, it } from 'vitest';

import { mayAnswer, NOTHING, watch } from './watched';

describe('a question that goes while its window is open', () => {
  it('says nothing while it stays', () => {
    const first = watch(NOTHING, 7);
    expect(first).toEqual({ held: 7, notice: null });
    expect(watch(first, 7)).toBe(first);
  });

  it('says that another one took its place', () => {
    expect(watch(watch(NOTHING, 7), 8)).toEqual({ held: 8, notice: 'replaced' });
  });

  it('says that it was closed, and keeps saying so when the next one comes', () => {
    const closed = watch(watch(NOTHING, 7), null);
    expect(closed).toEqual({ held: null, notice: 'closed' });
    expect(watch(closed, 9)).toEqual({ held: 9, notice: 'replaced' });
  });

  it('does not let an answer to the old one go to the new one, nor to none', () => {
    expect(mayAnswer(7, 7)).toBe(true);
    expect(mayAnswer(7, 8)).toBe(false);
    expect(mayAnswer(7, null)).toBe(false);
    expect(mayAnswer(null, 8)).toBe(false);
  });
});
