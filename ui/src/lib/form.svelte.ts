import { SvelteSet } from 'svelte/reactivity';

import { asProblem, backend } from './backend';
import type { Answer } from './bindings/Answer';
import type { Checked } from './bindings/Checked';
import type { CivicAddress } from './bindings/CivicAddress';
import type { FieldError } from './bindings/FieldError';
import type { Floors } from './bindings/Floors';
import type { Problem } from './bindings/Problem';
import { type Draft, draftOf, type Fault, faultsOf, type Field, fieldOf, typed } from './draft';

/** How long nothing is typed before the address is looked at, in milliseconds. */
const QUIET = 250;

/** The address form: what was typed is never changed, only commented on. */
export class Form {
  draft = $state<Draft>(draftOf(null));
  checked = $state.raw<Checked | null>(null);
  /** Why it could not be looked at. */
  problem = $state.raw<Problem | null>(null);
  /** Whether what was typed last has not been looked at yet. */
  looking = $state(false);
  #from: CivicAddress | null;
  #left = new SvelteSet<Field>();
  #tried = $state(false);
  #refused = $state.raw<readonly FieldError[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  faults = $derived(faultsOf(this.draft, [...this.#refused, ...(this.checked?.faults ?? [])]));

  constructor(from: CivicAddress | null, floors: Floors) {
    this.#from = from;
    this.draft = draftOf(from, floors);
    if (from) void this.look();
  }

  /** Whether anything was typed. */
  get touched(): boolean {
    return JSON.stringify(draftOf(this.#from, this.draft.floors)) !== JSON.stringify(this.draft);
  }

  /** Something was typed into a field. */
  changed(field: Field | null): void {
    if (field) this.#refused = this.#refused.filter((fault) => fieldOf(fault.field) !== field);
    clearTimeout(this.#timer);
    this.looking = true;
    this.#timer = setTimeout(() => void this.look(), QUIET);
  }

  /** A field was left. */
  left(field: Field): void {
    this.#left.add(field);
  }

  /** What is to be shown at a field: nothing before it was left once. */
  at(field: Field): Fault | null {
    return this.#tried || this.#left.has(field) ? (this.faults.get(field) ?? null) : null;
  }

  /** What is wrong with the whole, or with something that has no field here. */
  get elsewhere(): Fault | null {
    return this.#tried ? (this.faults.get(null) ?? null) : null;
  }

  /** Has the companion look at what stands there now. */
  async look(): Promise<void> {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    this.looking = true;
    try {
      const sight = await backend.look({ check: typed($state.snapshot(this.draft), this.#from) });
      // A slower answer to what is no longer typed says nothing.
      if (asked !== this.#asked || !('checked' in sight)) return;
      this.checked = sight.checked;
      this.problem = null;
    } catch (thrown) {
      if (asked === this.#asked) this.problem = asProblem(thrown);
    } finally {
      if (asked === this.#asked) this.looking = false;
    }
  }

  /** The answer, if nothing is wrong with its form. */
  async answer(): Promise<Answer | null> {
    this.#tried = true;
    await this.look();
    if (this.problem || !this.checked || this.faults.size > 0) return null;
    const label = this.draft.label.trim();
    return { address: { location: this.checked.address, label: label === '' ? null : label, floors: this.draft.floors } };
  }

  /** What the companion or the registry refused is shown at its fields. */
  refuse(fields: readonly FieldError[]): void {
    this.#tried = true;
    this.#refused = fields;
  }
}
