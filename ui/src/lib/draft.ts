import type { CivicAddress } from './bindings/CivicAddress';
import type { Element } from './bindings/Element';
import type { FieldError } from './bindings/FieldError';
import type { Floors } from './bindings/Floors';
import { INSIDE, STREET, streetLine } from './civic';
import { characters, compose, LONGEST, split } from './loc';

/** The form's fields. */
export type Field =
  | 'street' | 'landmark' | 'city' | 'state' | 'zip' | 'country'
  | 'building' | 'floor' | 'unit' | 'room' | 'desk' | 'door' | 'met' | 'help';

/** What stands in the form. */
export type Draft = Record<Field, string> & { floors: Floors; label: string };

/** What is wrong with one field. */
export interface Fault {
  message: string;
  hint: string;
}

const FIELDS: readonly (readonly [Field, Element])[] = [
  ['landmark', 'LMK'], ['city', 'A3'], ['state', 'A1'], ['zip', 'PC'], ['country', 'country'],
  ['building', 'BLD'], ['floor', 'FLR'], ['unit', 'UNIT'], ['room', 'ROOM'], ['desk', 'SEAT'],
];

/** The form for an address; for none, an empty one. */
export function draftOf(address: CivicAddress | null, floors: Floors = 'unknown'): Draft {
  const draft: Draft = {
    street: '', landmark: '', city: '', state: '', zip: '', country: 'US',
    building: '', floor: '', unit: '', room: '', desk: '',
    ...split(address?.LOC ?? ''), floors, label: '',
  };
  if (!address) return draft;
  for (const [field, element] of FIELDS) draft[field] = address[element] ?? draft[field];
  if (!address.A3 && address.PCN) draft.city = address.PCN;
  draft.street = STREET.some((element) => address[element]) ? streetLine(address) : '';
  return draft;
}

/**
 * The address as it is to be looked at, and the street line if that has to be understood anew.
 *
 * Elements without a field of their own (a county, say) stay as `from` has them, as long as city and state do.
 */
export function typed(draft: Draft, from: CivicAddress | null): { address: CivicAddress; street: string | null } {
  const before = draftOf(from);
  const same = before.city === draft.city && before.state === draft.state && before.country === draft.country;
  const sameStreet = same && before.street === draft.street && draft.street !== '';
  const address: CivicAddress = same && from ? { ...from } : {};
  for (const element of [...INSIDE, 'LOC'] as const) delete address[element];
  if (!sameStreet) {
    // What hung on the old street is not true of another one.
    for (const element of [...STREET, 'NAM', 'ADDCODE', 'RDSEC', 'RDBR', 'RDSUBBR'] as const) delete address[element];
  }
  for (const [field, element] of FIELDS) {
    const value = draft[field].trim();
    if (value === '') delete address[element];
    else address[element] = value;
  }
  if (address.PCN && address.PCN === address.A3 && !from?.A3) delete address.A3;
  const way = compose(draft);
  if (way !== '') address.LOC = way;
  return { address, street: sameStreet ? null : draft.street.trim() };
}

const HOME = new Map<Element, Field>([
  ...STREET.map((element) => [element, 'street'] as const),
  ...FIELDS.map(([field, element]) => [element, field] as const),
  ['POBOX', 'street'], ['PCN', 'city'], ['LOC', 'help'],
]);

/** Which field shows what is wrong with an element. */
export function fieldOf(element: Element): Field | null {
  return HOME.get(element) ?? null;
}

/** What is wrong, by field: what the companion found, and what only this form knows. */
export function faultsOf(draft: Draft, found: readonly FieldError[]): Map<Field | null, Fault> {
  const faults = new Map<Field | null, Fault>();
  for (const fault of found) {
    const field = fieldOf(fault.field);
    if (!faults.has(field)) faults.set(field, { message: plain(fault.message), hint: plain(fault.hint) });
  }
  if (draft.floors === 'several' && draft.floor.trim() === '' && !faults.has('floor')) {
    faults.set('floor', {
      message: 'The floor is missing.',
      hint: 'This building has several: a crew needs to know which.',
    });
  }
  const over = characters(compose(draft)) - LONGEST;
  if (over > 0 && !faults.has('help')) {
    faults.set('help', {
      message: `Door code, who meets the crew and this are ${over} ${over === 1 ? 'character' : 'characters'} too long together.`,
      hint: `A dispatcher sees at most ${LONGEST}. Keep what a crew needs first.`,
    });
  }
  return faults;
}

/** A sentence without the codes that only programs need: "(RD)". */
export function plain(text: string): string {
  return text.replace(/ \((?:country|A[1-6]|[A-Z]{2,8})\)/g, '');
}
