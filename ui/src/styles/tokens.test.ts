import { describe, expect, it } from 'vitest';

import css from './tokens.css?raw';

/** Name to colour, of the light or the dark theme; the dark one changes what it names. */
function theme(dark: boolean): Record<string, string> {
  const [light = '', night = ''] = css.split('@media (prefers-color-scheme: dark)');
  const named = (text: string) =>
    Object.fromEntries([...text.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]));
  return dark ? { ...named(light), ...named(night) } : named(light);
}

/** WCAG 2.2's relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, two: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(two)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each([['light', false], ['dark', true]] as const)('colours of the %s theme', (_, dark) => {
  const of = theme(dark);
  const pairs = [
    ...['ink', 'ink-soft', 'accent', 'good', 'partly', 'alert'].flatMap((name) => [[name, 'sheet'], [name, 'paper']]),
    ...['good', 'partly', 'alert', 'accent'].flatMap((name) => [['ink', `${name}-wash`], [name, `${name}-wash`]]),
    ['on-accent', 'accent'], ['on-accent', 'accent-deep'], ['ink-soft', 'accent-wash'],
  ] as [string, string][];

  it.each(pairs)('%s on %s is readable', (text, ground) => {
    expect(contrast(of[text]!, of[ground]!)).toBeGreaterThanOrEqual(4.5);
  });

  it('draws the edges of fields and buttons so that they are seen', () => {
    for (const ground of ['sheet', 'paper']) expect(contrast(of['edge']!, of[ground]!)).toBeGreaterThanOrEqual(3);
  });
});
