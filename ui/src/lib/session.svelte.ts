import { asProblem, backend } from './backend';
import { BARE } from './bindings/cards';
import type { Card } from './bindings/Card';
import type { Companion } from './bindings/Companion';
import type { Face } from './bindings/Face';
import type { Shown } from './bindings/Shown';

/** What this window shows, kept up to date. */
class Session {
  #shown = $state.raw<Shown | null>(null);
  #failed = $state.raw<Companion | null>(null);

  #known = () => {};

  /**
   * Begins, and waits until it is known how things are, at most for `patience` milliseconds: "starting" is for a companion that
   * does start, not for the blink in which a page asks. The card needs no companion.
   */
  begin(patience: number): Promise<void> {
    const known = new Promise<void>((resolve) => (this.#known = resolve));
    void this.#ask();
    return Promise.race([known, new Promise<void>((resolve) => setTimeout(resolve, patience))]);
  }

  async #ask(): Promise<void> {
    backend.onShown((shown) => this.#take(shown));
    try {
      const shown = await backend.shown();
      // An event may have been quicker, and is newer.
      if (!this.#shown) this.#take(shown);
    } catch (thrown) {
      this.#failed = { is: 'gone', problem: asProblem(thrown) };
      this.#known();
    }
  }

  #take(shown: Shown): void {
    this.#shown = shown;
    this.#failed = null;
    if (shown.companion.is !== 'starting' || backend.window() === 'guidance') this.#known();
  }

  get companion(): Companion {
    return this.#failed ?? this.#shown?.companion ?? { is: 'starting' };
  }

  /** Whether the companion answers. */
  get here(): boolean {
    return this.companion.is === 'here' && this.face !== null;
  }

  /** What it says now; an old face is never given. */
  get face(): Face | null {
    return this.companion.is === 'here' ? (this.#shown?.face ?? null) : null;
  }

  /** The outage card in every language, the person's first; there is always one. */
  get cards(): Card[] {
    return this.#shown?.cards ?? BARE;
  }
}

export const session = new Session();
