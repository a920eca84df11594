import { expect, it } from 'vitest';

import { pieces } from './unbroken';

it('keeps numbers on one line, and every letter', () => {
  const whole = (text: string) => {
    expect(pieces(text).map((piece) => piece.text).join('')).toBe(text);
    return pieces(text).filter((piece) => piece.whole).map((piece) => piece.text);
  };
  expect(whole('Llame al 303-555-0142, puesto 5-112.')).toEqual(['303-555-0142,', '5-112.']);
  expect(whole('“+1-303-555-0142”')).toEqual(['“+1-303-555-0142”']);
  expect(whole('Denver CO 80202-1234')).toEqual(['80202-1234']);
  for (const none of ['', 'Building B, well-lit door', 'Floor 5', '1-'.repeat(40), '-']) expect(whole(none)).toEqual([]);
});
