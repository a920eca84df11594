import type { Intent } from '../bindings/Intent';
import type { Look } from '../bindings/Look';
import type { Problem } from '../bindings/Problem';
import type { Reply } from '../bindings/Reply';
import type { Shown } from '../bindings/Shown';
import type { Sight } from '../bindings/Sight';

/** Which window this page is in; each may show any page, but only `question` leaves by itself. */
export type WindowName = 'main' | 'question' | 'guidance';

/** All that a page can reach outside itself. */
export interface Backend {
  /** What is shown now. */
  shown(): Promise<Shown>;
  /** Calls `see` whenever something else is shown, until the returned function is called. */
  onShown(see: (shown: Shown) => void): () => void;
  /** Does what the person wants; rejects with a `Problem` where the companion was not reached. */
  act(intent: Intent): Promise<Reply>;
  /** Looks at something without changing it; rejects with a `Problem`. */
  look(look: Look): Promise<Sight>;
  /** Closes this window. */
  closeWindow(): void;
  /** Which window this is. */
  window(): WindowName;
}

/** Whatever was thrown, as a problem that a person can read. */
export function asProblem(thrown: unknown): Problem {
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'hint' in thrown) {
    return thrown as Problem;
  }
  return {
    code: 'window',
    message: 'This window could not reach Rightdoor.',
    hint: 'Close it and open it again. What you typed is still here until then.',
  };
}
