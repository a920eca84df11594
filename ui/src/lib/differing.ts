import type { CivicAddress } from './bindings/CivicAddress';
import { INSIDE, STREET, cityLine, insideLine, streetLine } from './civic';

/** A line of an address as it is known, and whether it is not what was given. */
export interface Line {
  text: string;
  differs: boolean;
}

/** The lines of `known`, each compared with the same line of `given`; a line that is gone is said to be gone. */
export function lines(given: CivicAddress, known: CivicAddress): Line[] {
  const pairs = [
    [streetLine(given), streetLine(known)],
    [insideLine(given), insideLine(known)],
    [cityLine(given), cityLine(known)],
    [given.LOC ?? '', known.LOC ?? ''],
  ] as const;
  return pairs
    .map(([before, after]) => ({ text: after || (before ? `without “${before}”` : ''), differs: before !== after }))
    .filter((line) => line.text !== '');
}

const SHOWN = new Set<string>([...STREET, ...INSIDE, 'LMK', 'NAM', 'A1', 'A3', 'PCN', 'PC', 'LOC']);

/** Whether they differ only in what no line shows, such as a county. */
export function differsUnseen(given: CivicAddress, known: CivicAddress): boolean {
  const keys = new Set([...Object.keys(given), ...Object.keys(known)]) as Set<keyof CivicAddress>;
  return [...keys].some((key) => given[key] !== known[key] && !SHOWN.has(key));
}
