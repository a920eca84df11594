import { describe, expect, it } from 'vitest';

import { sentence } from './problem';

describe('a problem in words', () => {
  it('begins with a capital and ends with a full stop', () => {
    expect(sentence('the companion is not running')).toBe('The companion is not running.');
    expect(sentence('Write the code!')).toBe('Write the code!');
    expect(sentence('`rightdoorctl doctor` says why')).toBe('`rightdoorctl doctor` says why.');
    expect(sentence('')).toBe('');
  });
});
