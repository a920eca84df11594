/** How long a window must have had the focus before a key may answer, in milliseconds. */
export const SETTLED = 500;

/**
 * Tells a key that was meant for this window from one that was on its way to another.
 *
 * A window that appears under typing fingers must not take their Enter for an answer. Keys count only
 * while the document has the focus, and 500 ms after it got it or after what it asks was replaced.
 * Clicks are not asked about: who clicks has seen.
 */
export class FocusGuard {
  readonly #now: () => number;
  readonly #hasFocus: () => boolean;
  #since: number;

  constructor(now: () => number, hasFocus: () => boolean) {
    this.#now = now;
    this.#hasFocus = hasFocus;
    this.#since = now();
  }

  /** The window got the focus, or what is asked has changed: counts anew. */
  restart(): void {
    this.#since = this.#now();
  }

  /** Whether a key may answer now. */
  allows(): boolean {
    return this.#hasFocus() && this.#now() - this.#since >= SETTLED;
  }

  /** Whether this key press may answer now; one that is held down may not. */
  allowsKey(event: Pick<KeyboardEvent, 'repeat'>): boolean {
    return !event.repeat && this.allows();
  }
}
