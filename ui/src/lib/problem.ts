import type { Problem } from './bindings/Problem';
import { plain } from './draft';

/** A problem in words for a person. */
export function told(problem: Problem): { message: string; hint: string } {
  return { message: plain(problem.message), hint: plain(problem.hint) };
}
