import type { CivicAddress } from './bindings/CivicAddress';
import type { DirectoryPlace } from './bindings/DirectoryPlace';
import { cityLine, inside, insideLine, streetLine } from './civic';

/** What a step of the way to a desk is about. */
export type Kind = 'site' | 'building' | 'floor';

/** A site, a building or a floor, and what is in it. */
export interface Area {
  readonly kind: Kind;
  /** The same for every place in it. */
  readonly key: string;
  readonly label: string;
  /** What tells it from others of the same name. */
  readonly detail: string;
  readonly areas: Area[];
  /** Places that are directly in it. */
  readonly places: DirectoryPlace[];
  /** How many places there are in it altogether. */
  readonly count: number;
}

/** What can be picked: the way deeper, or an answer. */
export type Option =
  | { readonly is: 'area'; readonly area: Area }
  | { readonly is: 'place'; readonly place: DirectoryPlace };

interface Step {
  kind: Kind;
  key: (at: CivicAddress) => string;
  label: (at: CivicAddress) => string;
  detail: (at: CivicAddress) => string;
}

const fold = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

const STEPS: readonly Step[] = [
  {
    kind: 'site',
    key: (at) => fold([at.country, at.A1, at.A3 ?? at.PCN, streetLine(at)].join('|')),
    label: streetLine,
    detail: cityLine,
  },
  {
    kind: 'building',
    key: (at) => fold(at.BLD ?? ''),
    label: (at) => (at.BLD ? inside('BLD', at.BLD) : ''),
    detail: () => '',
  },
  {
    kind: 'floor',
    key: (at) => fold(at.FLR ?? ''),
    label: (at) => (at.FLR ? inside('FLR', at.FLR) : ''),
    detail: () => '',
  },
];

/** The directory as sites, buildings and floors. */
export function sites(places: readonly DirectoryPlace[]): Area[] {
  return divide(places, 0).areas;
}

function divide(places: readonly DirectoryPlace[], depth: number): Pick<Area, 'areas' | 'places'> {
  const step = STEPS[depth];
  if (!step) return { areas: [], places: [...places].sort(byName) };
  const groups = new Map<string, DirectoryPlace[]>();
  for (const place of places) {
    const key = step.key(place.location);
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  const areas: Area[] = [];
  const loose: DirectoryPlace[] = [];
  for (const [key, group] of groups) {
    const within = divide(group, depth + 1);
    const first = group[0]?.location ?? {};
    const label = step.label(first);
    if (label === '') {
      // Nothing says which building or floor: what is deeper stands here.
      areas.push(...within.areas);
      loose.push(...within.places);
    } else {
      areas.push({ kind: step.kind, key, label, detail: step.detail(first), count: group.length, ...within });
    }
  }
  areas.sort((one, two) => collator.compare(one.label, two.label));
  return { areas, places: loose.sort(byName) };
}

function byName(one: DirectoryPlace, two: DirectoryPlace): number {
  return collator.compare(nameWithin(one), nameWithin(two)) || collator.compare(one.id, two.id);
}

/** What a place is called once its floor is known: "Desk 5-112". */
export function nameWithin(place: DirectoryPlace): string {
  return insideLine(place.location, ['UNIT', 'ROOM', 'SEAT']) || place.label;
}

/** Areas first, then places, as they stand at the end of `path`. */
export function options(all: readonly Area[], path: readonly Area[]): Option[] {
  const here = path.at(-1);
  const areas = here ? here.areas : all;
  const places = here ? here.places : [];
  return [
    ...areas.map((area): Option => ({ is: 'area', area })),
    ...places.map((place): Option => ({ is: 'place', place })),
  ];
}

/** The way to a building, as deep as the directory knows it. */
export function wayTo(all: readonly Area[], address: CivicAddress): Area[] {
  const path: Area[] = [];
  let level = all;
  for (const step of STEPS.slice(0, 2)) {
    const key = step.key(address);
    const exact = level.find((area) => area.kind === step.kind && area.key === key);
    // A site with one building is that building, if the address names none.
    const only = step.kind === 'building' && key === '' && level.length === 1 ? level[0] : undefined;
    const next = exact ?? only;
    if (!next || next.kind !== step.kind) break;
    path.push(next);
    level = next.areas;
  }
  return path;
}

/** Every place that has all the words in its name or address; those on the way come first. */
export function search(places: readonly DirectoryPlace[], text: string): DirectoryPlace[] {
  const words = fold(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return places.filter((place) => {
    const { location } = place;
    const haystack = fold(
      [place.label, place.id, streetLine(location), insideLine(location), cityLine(location)].join(' '),
    );
    return words.every((word) => haystack.includes(word));
  });
}

/** Whether a place is in the last area of a path. */
export function isWithin(place: DirectoryPlace, path: readonly Area[]): boolean {
  return path.every((area) => STEPS.find((step) => step.kind === area.kind)?.key(place.location) === area.key);
}
