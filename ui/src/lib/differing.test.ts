import { describe, expect, it } from 'vitest';

import { differsUnseen, lines } from './differing';

const given = { country: 'US', A1: 'CO', A3: 'Denver', HNO: '1600', RD: 'Blak', STS: 'Street', PC: '80202', FLR: '5' };

describe('a known address beside the one that was given', () => {
  it('marks the line that differs, and no other', () => {
    expect(lines(given, { ...given, RD: 'Blake' })).toEqual([
      { text: '1600 Blake Street', differs: true },
      { text: 'Floor 5', differs: false },
      { text: 'Denver CO 80202', differs: false },
    ]);
  });

  it('says what would be lost', () => {
    const { FLR, ...without } = given;
    expect(FLR).toBe('5');
    expect(lines(given, without)).toContainEqual({ text: 'without “Floor 5”', differs: true });
  });

  it('tells a difference that no line shows', () => {
    expect(differsUnseen(given, { ...given, A2: 'Denver County' })).toBe(true);
    expect(differsUnseen(given, { ...given, RD: 'Blake' })).toBe(false);
  });
});
