import { expect, it } from 'vitest';

import type { Face } from './bindings/Face';
import type { Shape } from './bindings/Shape';
import { progress } from './progress';

const face = (registry: Shape) =>
  ({
    facets: [
      { name: 'Here', shape: 'good', text: 'confirmed by you just now' },
      { name: 'Kept', shape: 'good', text: 'saved on this computer' },
      { name: 'Registry', shape: registry, text: '…' },
    ],
  }) as Face;

it('is settled only when the registry gave it back', () => {
  expect(progress(face('partly'), true)).toMatchObject({ settled: false, stuck: false });
  expect(progress(face('good'), true)).toMatchObject({ settled: true, stuck: false });
});

it('does not take the address before for the new one', () => {
  expect(progress(face('good'), false).settled).toBe(false);
});

it('does not wait for what needs a person, nor for a companion that is gone', () => {
  expect(progress(face('alert'), true).stuck).toBe(true);
  expect(progress(null, true)).toMatchObject({ settled: false, stuck: true, steps: [] });
});
