import type { Checked } from '../../bindings/Checked';
import type { CivicAddress } from '../../bindings/CivicAddress';
import type { Element } from '../../bindings/Element';
import type { FieldError } from '../../bindings/FieldError';
import { STREET, streetLine } from '../../civic';

const TYPES: Record<string, string> = {
  st: 'Street', street: 'Street', ave: 'Avenue', avenue: 'Avenue', blvd: 'Boulevard', boulevard: 'Boulevard',
  rd: 'Road', road: 'Road', ct: 'Court', court: 'Court', dr: 'Drive', drive: 'Drive', way: 'Way',
};
const DIRECTIONS: Record<string, string> = {
  n: 'North', s: 'South', e: 'East', w: 'West', north: 'North', south: 'South', east: 'East', west: 'West',
};

/** About what the companion would say; only enough for a demo. */
export function check(typed: CivicAddress, street: string | null): Checked {
  const address = { ...typed };
  if (street !== null) {
    for (const element of STREET) delete address[element];
    Object.assign(address, understood(street));
  }
  const faults: FieldError[] = [];
  const missing = (field: Element, name: string, hint: string) => {
    if (!address[field]) faults.push({ field, code: 'missing', message: `The ${name} is missing.`, hint });
  };
  missing('A1', address.country === 'CA' ? 'province' : 'state', 'Write its two-letter postal abbreviation in capitals, such as CO.');
  missing('A3', 'city', 'Add the city or town (A3).');
  if (!address.LMK) {
    missing('RD', 'street', 'Add the street name (RD) or, where there is none, a landmark (LMK).');
    missing('HNO', 'house number', 'Add it; where there is none, name a landmark (LMK).');
  }
  if (!address.PC) missing('PC', 'ZIP code', 'Add the five-digit ZIP code.');
  else if (address.country === 'US' && !/^\d{5}(-\d{4})?$/.test(address.PC)) {
    faults.push({
      field: 'PC', code: 'zip_format', message: 'The ZIP code does not have the form of one.',
      hint: 'Write five digits, or ZIP+4 as five digits, a hyphen and four digits.',
    });
  }
  return { address, faults, screen: screen(address) };
}

function understood(line: string): CivicAddress {
  const found: CivicAddress = {};
  const words = line.split(/[\s,]+/).filter(Boolean);
  const bare = (word: string | undefined) => (word ?? '').toLowerCase().replace(/\.$/, '');
  const number = /^(\d+)-?([A-Za-z]?)$/.exec(words[0] ?? '');
  if (number) {
    words.shift();
    found.HNO = number[1] ?? '';
    if (number[2]) found.HNS = number[2];
  }
  const type = TYPES[bare(words.at(-1))];
  if (type && words.length > 1) {
    found.STS = type;
    words.pop();
  }
  const direction = DIRECTIONS[bare(words[0])];
  if (direction && words.length > 1) {
    found.PRD = direction;
    words.shift();
  }
  if (words.length > 0) found.RD = words.join(' ');
  return found;
}

const SHORT: readonly (readonly [Element, string])[] = [
  ['BLD', 'BLDG '], ['FLR', 'FL '], ['UNIT', 'UNIT '], ['ROOM', 'RM '], ['SEAT', 'DESK '], ['LOC', ''],
];

function screen(address: CivicAddress): Checked['screen'] {
  const fit = (room: number): [string, Element[]] => {
    let line = '';
    const left: Element[] = [];
    for (const [element, word] of SHORT) {
      const value = address[element];
      if (!value) continue;
      const text = (word + value.toUpperCase()).replace('BLDG BUILDING', 'BLDG').replace('UNIT APT', 'APT');
      const more = line === '' ? text : `${line} ${text}`;
      if (more.length <= room) line = more;
      else left.push(element);
    }
    return [line, left];
  };
  const [narrow, left_out] = fit(20);
  const [wide, left_out_wide] = fit(60);
  const city = [address.A3, address.A1].filter(Boolean).join(' ').toUpperCase();
  return { street: streetLine(address).toUpperCase(), city, narrow, wide, left_out, left_out_wide };
}
