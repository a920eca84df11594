import type { PromptId } from './bindings/PromptId';

/** The question that this window shows, and what became of it. */
export interface Watched {
  /** The question that was on the screen last. */
  readonly held: PromptId | null;
  /** What the person has to be told before they answer. */
  readonly notice: 'replaced' | 'closed' | null;
}

/** Nothing was asked yet. */
export const NOTHING: Watched = { held: null, notice: null };

/** What becomes of it when `open` is the open question. */
export function watch(before: Watched, open: PromptId | null): Watched {
  if (open === before.held) return before;
  if (open === null) return { held: null, notice: 'closed' };
  // What comes after a closed question has replaced it, too, as long as nobody has looked.
  const replaced = before.held !== null || before.notice !== null;
  return { held: open, notice: replaced ? 'replaced' : null };
}

/** Whether an answer drawn for question `drawn` may still be sent while `open` is the open one. */
export function mayAnswer(drawn: PromptId | null, open: PromptId | null): boolean {
  return drawn === open;
}
