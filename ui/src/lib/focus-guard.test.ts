import { beforeEach, describe, expect, it } from 'vitest';

import { FocusGuard, SETTLED } from './focus-guard';

describe('a key answers only when it was meant for this window', () => {
  let now = 0;
  let focused = true;
  let guard: FocusGuard;
  beforeEach(() => {
    now = 1_000;
    focused = true;
    guard = new FocusGuard(() => now, () => focused);
  });

  it('counts from the first load', () => {
    now += SETTLED - 1;
    expect(guard.allows()).toBe(false);
    now += 1;
    expect(guard.allows()).toBe(true);
  });

  it('counts anew from every focus', () => {
    now += 60_000;
    guard.restart();
    expect(guard.allows()).toBe(false);
    now += SETTLED;
    expect(guard.allows()).toBe(true);
  });

  it('never counts without focus, however long the window has been there', () => {
    focused = false;
    now += 60_000;
    expect(guard.allows()).toBe(false);
  });

  it('does not take a key that is held down', () => {
    now += SETTLED;
    expect(guard.allowsKey({ repeat: true })).toBe(false);
    expect(guard.allowsKey({ repeat: false })).toBe(true);
  });
});
