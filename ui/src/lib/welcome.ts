import type { Face } from './bindings/Face';

/** The steps of the first run, in their order. */
export const STEPS = ['limits', 'permission', 'enrol', 'place', 'test'] as const;
export type Step = (typeof STEPS)[number];

/** Where somebody goes on who has been here before. */
export function resume(face: Face | null): Step {
  if (!face?.enrolled) return 'limits';
  if (!face.address) return 'place';
  return 'test';
}

/** The step after this one; `null`: there is none. */
export function after(step: Step, face: Face | null): Step | null {
  const next = STEPS[STEPS.indexOf(step) + 1] ?? null;
  if (next === 'enrol' && face?.enrolled) return after('enrol', face);
  // There is nothing to hear yet.
  if (next === 'test' && !face?.testable) return null;
  return next;
}

/** The step before this one; `null`: this is the first. */
export function before(step: Step, face: Face | null): Step | null {
  const last = STEPS[STEPS.indexOf(step) - 1] ?? null;
  return last === 'enrol' && face?.enrolled ? 'permission' : last;
}
