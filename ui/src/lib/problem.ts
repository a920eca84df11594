import type { Problem } from './bindings/Problem';
import { plain } from './draft';

/** A problem in words for a person. */
export function told(problem: Problem): { message: string; hint: string } {
  return { message: sentence(problem.message), hint: sentence(problem.hint) };
}

/** What a terminal is told in lower case and without a full stop is a sentence on a page. */
export function sentence(text: string): string {
  const said = plain(text).trim();
  const end = /[.!?…:]$/.test(said) || said === '' ? '' : '.';
  return said.charAt(0).toUpperCase() + said.slice(1) + end;
}
