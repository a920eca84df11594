import type { CivicAddress } from './bindings/CivicAddress';
import type { Element } from './bindings/Element';

/** Everything that the one line "number and street" stands for. */
export const STREET: readonly Element[] = [
  'HNP', 'HNO', 'HNS', 'PRM', 'PRD', 'STP', 'RD', 'STS', 'POD', 'POM',
];

/** Everything that says where inside the building. */
export const INSIDE: readonly Element[] = ['BLD', 'UNIT', 'FLR', 'ROOM', 'SEAT'];

const WORDS: Partial<Record<Element, string>> = {
  BLD: 'Building', UNIT: 'Unit', FLR: 'Floor', ROOM: 'Room', SEAT: 'Desk',
};

function join(address: CivicAddress, elements: readonly Element[], between: string): string {
  return elements.map((element) => address[element]).filter(Boolean).join(between);
}

/** "1600 Blake Street", or the landmark where there is no street. */
export function streetLine(address: CivicAddress): string {
  return join(address, STREET, ' ') || join(address, ['LMK', 'NAM'], ', ');
}

/** "Denver CO 80202". */
export function cityLine(address: CivicAddress): string {
  return join(address, [address.A3 ? 'A3' : 'PCN', 'A1', 'PC'], ' ');
}

/** "Floor 5": the value with its word, unless it brings it along. */
export function inside(element: Element, value: string): string {
  const word = WORDS[element] ?? '';
  const spoken = value.toLowerCase().startsWith(word.toLowerCase());
  // "Suite 200" and "Mezzanine" are names already; "5" and "B" need their word.
  const named = element === 'UNIT' || element === 'FLR' ? /^\p{L}{3,}/u.test(value) : false;
  return spoken || named ? value : `${word} ${value}`;
}

/** "Building B, Floor 5, Desk 5-112". */
export function insideLine(address: CivicAddress, elements = INSIDE): string {
  const said = elements.map((element) => {
    const value = address[element];
    return value ? inside(element, value) : '';
  });
  return said.filter(Boolean).join(', ');
}

/** The address on one line. */
export function oneLine(address: CivicAddress): string {
  return [streetLine(address), insideLine(address), cityLine(address)].filter(Boolean).join(', ');
}
