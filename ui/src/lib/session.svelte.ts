import { asProblem, backend } from './backend';
import type { Card } from './bindings/Card';
import type { Companion } from './bindings/Companion';
import type { Face } from './bindings/Face';
import type { Shown } from './bindings/Shown';
import { BARE_CARD } from '../words';

/** What this window shows, kept up to date. */
class Session {
  #shown = $state.raw<Shown | null>(null);
  #failed = $state.raw<Companion | null>(null);

  /** Begins; until the first answer everything is "starting". */
  async begin(): Promise<void> {
    backend.onShown((shown) => this.#take(shown));
    try {
      const shown = await backend.shown();
      // An event may have been quicker, and is newer.
      if (!this.#shown) this.#take(shown);
    } catch (thrown) {
      this.#failed = { is: 'gone', problem: asProblem(thrown) };
    }
  }

  #take(shown: Shown): void {
    this.#shown = shown;
    this.#failed = null;
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

  /** The outage card; there is always one. */
  get card(): Card {
    return this.#shown?.card ?? BARE_CARD;
  }
}

export const session = new Session();
