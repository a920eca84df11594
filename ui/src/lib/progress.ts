import type { Face } from './bindings/Face';
import type { Facet } from './bindings/Facet';

/** What became of an answer so far. */
export interface Progress {
  /** Kept, then registered: in the companion's own words. */
  steps: Facet[];
  /** The registry gave it back equal: nothing more will come. */
  settled: boolean;
  /** Something is wrong that this window cannot wait out. */
  stuck: boolean;
}

/** How far an answer came; `moved` says whether anything was seen to happen since it was given. */
export function progress(face: Face | null, moved: boolean): Progress {
  const named = (name: string) => face?.facets.find((facet) => facet.name === name);
  const kept = named('Kept');
  const registry = named('Registry');
  const steps = [kept, registry].filter((facet) => facet !== undefined);
  // Before anything happened, "read back equal" may still be said of the address before.
  const settled = moved && registry?.shape === 'good';
  return { steps, settled, stuck: !face || registry?.shape === 'alert' };
}

/** A sentence's first letter in capitals. */
export function capital(text: string): string {
  const [first = '', ...rest] = text;
  return first.toLocaleUpperCase() + rest.join('');
}
