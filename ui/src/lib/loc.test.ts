import { describe, expect, it } from 'vitest';

import { characters, compose, split } from './loc';

describe('what helps a crew in', () => {
  it('is one line in a fixed order', () => {
    expect(compose({ door: '4411', met: 'reception', help: 'red door' })).toBe(
      'Door code 4411; met by reception; red door',
    );
    expect(compose({ door: '', met: ' reception ', help: '' })).toBe('met by reception');
    expect(compose({ door: '', met: '', help: '' })).toBe('');
  });

  it('comes apart again as it went in', () => {
    for (const way of [
      { door: '4411', met: 'reception', help: 'red door' },
      { door: '', met: '', help: 'ring twice, dog' },
      { door: '#12*', met: 'Zoë (guard)', help: '' },
    ]) {
      expect(split(compose(way))).toEqual(way);
    }
  });

  it('loses nothing that somebody else wrote', () => {
    expect(split('Back yard; Door Code 7; gate; Met by Ann')).toEqual({
      door: '7',
      met: 'Ann',
      help: 'Back yard, gate',
    });
    expect(split('door code 1; door code 2').help).toBe('door code 2');
  });

  it('cannot be broken by the separator', () => {
    expect(split(compose({ door: '1;2', met: 'a;b', help: 'c; d' }))).toEqual({
      door: '1 2',
      met: 'a b',
      help: 'c d',
    });
  });

  it('counts what a person counts', () => {
    expect(characters('é🚪')).toBe(2);
  });
});
