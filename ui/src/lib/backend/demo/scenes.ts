import type { CivicAddress } from '../../bindings/CivicAddress';
import type { Face } from '../../bindings/Face';
import type { Facet } from '../../bindings/Facet';
import type { Offer } from '../../bindings/Offer';
import type { Question } from '../../bindings/Question';
import type { Shape } from '../../bindings/Shape';
import type { Shown } from '../../bindings/Shown';
import { cityLine, insideLine, oneLine, streetLine } from '../../civic';
import { DESK, HOME, OFFICE } from './directory';
import { NOTICE } from '../../bindings/cards';
import { cards, type Told } from './card';

const facet = (name: string, shape: Shape, text: string): Facet => ({ name, shape, text });

/** The address as the hero sets it. */
export function lines(address: CivicAddress) {
  return { street: streetLine(address), inside: insideLine(address), city: cityLine(address) };
}

const OFFERS: Offer[] = [
  { kind: 'place', place: 'p1', label: 'Home', address: oneLine(HOME), likely: false },
  { kind: 'place', place: 'denver/building-b/5/5-112', label: 'Denver office', address: oneLine(DESK), likely: false },
  { kind: 'building', address: OFFICE, label: oneLine(OFFICE) },
];

/** The open question after a move. */
export function question(id: number, over: Partial<Question> = {}): Question {
  return {
    id,
    title: 'Where are you working now?',
    reason: 'Your network changed (other Wi-Fi, other gateway).',
    meanwhile: `Until you answer, responders may get ${oneLine(HOME)}.`,
    offers: OFFERS,
    put_off: null,
    working: false,
    may_raise: true,
    ...over,
  };
}

/** The face while all is well. */
export function verified(address: CivicAddress = DESK): Face {
  return {
    hero: {
      warnings: [],
      lead: 'If you call 911 now, responders go to',
      address: lines(address),
      read: 'read from the registry 2 minutes ago',
      after: null,
    },
    icon: 'verified',
    verified: true,
    facets: [
      facet('Here', 'good', 'recognised 12 minutes ago'),
      facet('Address', 'good', "in your company's directory"),
      facet('Kept', 'good', 'saved on this computer'),
      facet('Registry', 'good', 'accepted, read back equal 2 minutes ago'),
      facet('933 test', 'good', 'matched this address'),
      facet('Phone service', 'good', 'answers'),
    ],
    question: null,
    cards: cards({ address, verified: true }),
    outage: false,
    frozen: false,
    enrolled: true,
    testable: true,
    tested: true,
    address,
    terms: [],
    without_address: 'The registry will then hold no location for you.',
    notice: NOTICE,
    notice_due: false,
  };
}

/** A face with some facets said otherwise. */
export function changed(face: Face, over: Partial<Face>, facets: Facet[] = []): Face {
  const said = face.facets.map((one) => facets.find((other) => other.name === one.name) ?? one);
  const more = facets.filter((one) => !said.includes(one));
  return { ...face, ...over, facets: [...said, ...more] };
}

function doubtful(face: Face, warning: string, here: string): Face {
  const warnings = [...face.hero.warnings, `This may be wrong: ${warning}.`];
  return changed(
    face,
    {
      hero: { ...face.hero, warnings, lead: 'Registered, not verified:' },
      icon: 'not_verified',
      verified: false,
      cards: cards({ address: face.address, verified: false }),
    },
    [facet('Here', 'alert', here)],
  );
}

/** At a provider, where a location belongs to the number. */
const provided = (): Face => ({
  ...moved(),
  terms: [
    'This changes where 911 goes for everybody who calls from your number.',
    'Your provider takes a while: a new address is pending first, and until it is active 911 has the earlier one.',
  ],
  without_address: 'Your provider is asked to take your address away. That takes a while: until then 911 has the earlier one.',
});

const registered = () =>
  changed(
    { ...verified(), tested: false, hero: { ...verified().hero, lead: 'Your registered 911 location is' } },
    {},
    [facet('933 test', 'unknown', 'never done')],
  );

const moved = () => ({
  ...doubtful(verified(HOME), 'you moved 2 minutes ago', 'not verified: you moved 2 minutes ago'),
  question: question(7),
});

const SAY_WHERE = 'If you call 911, say where you are.';

const bare = (lead: string, after: string | null = SAY_WHERE): Face =>
  changed(
    verified(),
    {
      hero: { warnings: [], lead, address: null, read: null, after },
      icon: 'not_verified', verified: false, testable: false, tested: false, address: null,
      cards: cards({ address: null, verified: false }),
    },
    [
      facet('Here', 'alert', 'not verified: you have not confirmed where you are'),
      facet('Address', 'unknown', 'none'),
      facet('Kept', 'unknown', 'nothing yet'),
      facet('Registry', 'unknown', 'nothing confirmed yet'),
      facet('933 test', 'unknown', 'never done'),
    ],
  );

/** The registry has the address before this one still. */
export function underway(confirmed: CivicAddress, before: CivicAddress | null, registry: Facet): Face {
  return changed(
    verified(confirmed),
    {
      hero: {
        warnings: [],
        lead: before ? 'The registry still has' : 'The registry has no location for you yet',
        address: before ? lines(before) : null,
        read: null,
        after: `You confirmed ${oneLine(confirmed)}: tell the dispatcher ${oneLine(confirmed)}.`,
      },
      icon: 'waiting', testable: false, tested: false,
    },
    [
      facet('Here', 'good', 'confirmed by you just now'),
      facet('Address', 'partly', 'format ok; nobody has said that it exists'),
      registry,
      facet('933 test', 'unknown', 'an earlier address'),
    ],
  );
}

const outage = (face: Face, told: Partial<Told> = {}): Face =>
  changed(
    face,
    {
      icon: 'no_phone', outage: true,
      hero: {
        ...face.hero,
        warnings: ['Your softphone may not be able to reach 911: call from a mobile phone.', ...face.hero.warnings],
        lead: face.verified ? 'Your registered 911 location is' : face.hero.lead,
      },
      cards: cards({ address: face.address, verified: face.verified, down: true, ...told }),
    },
    [facet('Phone service', 'alert', 'the phone service does not answer, though your internet works')],
  );

const LONG: CivicAddress = {
  country: 'US', A1: 'TX', A3: 'New Braunfels', PC: '78130', HNO: '4200', STS: 'Boulevard',
  RD: 'Friedrichshafener Schwarzwaldhochstraßen', FLR: 'Zwischengeschoss', SEAT: 'Rechnungsprüfungsarbeitsplatz 17b',
  BLD: 'Kundenbetreuungs- und Rechnungswesengebäude Süd',
  LOC: 'Door code 4411; met by reception; second glass door',
};
const RTL: CivicAddress = {
  country: 'US', A1: 'MI', A3: 'Dearborn', PC: '48126', HNO: '77', RD: 'شارع النخيل 🌴', BLD: 'مبنى الشمال', FLR: '3',
};

const rtl = (): Face => ({
  ...verified(RTL),
  question: question(7, {
    offers: [
      { kind: 'place', place: 'p9', label: 'مكتب الشمال 🏢', address: oneLine(RTL), likely: true },
      { kind: 'building', address: RTL, label: oneLine(RTL) },
    ],
  }),
});

const long = (): Face => {
  const face = doubtful(verified(LONG), 'this computer may have been moved while it slept', 'not verified: this computer may have been moved while it slept');
  const offer: Offer = { kind: 'place', place: 'p8', label: LONG.BLD ?? '', address: oneLine(LONG), likely: false };
  return { ...face, question: question(7, { offers: [offer, ...OFFERS], meanwhile: `Until you answer, responders may get ${oneLine(LONG)}.` }) };
};

/** The faces to look at, by name. */
export const FACES = {
  verified,
  registered,
  moved,
  provider: provided,
  tap: () => ({
    ...doubtful(verified(HOME), 'you moved just now', 'not verified: you moved just now'),
    question: question(7, {
      offers: [
        { kind: 'place', place: 'p1', label: 'Home', address: oneLine(HOME), likely: true },
        { kind: 'building', address: OFFICE, label: oneLine(OFFICE) },
        { kind: 'place', place: 'denver/building-b/5/5-112', label: 'Denver office', address: oneLine(DESK), likely: false },
      ],
    }),
  }),
  checking: () =>
    changed(doubtful(verified(), 'something changed just now, and it is being checked', ''), {}, [
      facet('Here', 'partly', 'checking since a change just now'),
    ]),
  working: () => ({ ...moved(), question: question(7, { working: true }) }),
  'put-off': () => ({ ...moved(), question: question(7, { put_off: 'asks again at 13:12', may_raise: false }) }),
  unenrolled: () =>
    changed(bare('This computer is not enrolled, so no 911 location is registered from here'), { enrolled: false }, [
      facet('Registry', 'alert', 'this computer is not enrolled; ask for an enrolment code'),
      facet('Phone service', 'unknown', 'cannot tell'),
    ]),
  nothing: () => ({
    ...bare('No 911 location is registered for you'),
    question: question(7, {
      reason: 'You just arrived at this computer.',
      meanwhile: 'Until you answer, responders may get no address.',
      offers: [],
    }),
  }),
  waiting: () => underway(DESK, HOME, facet('Registry', 'partly', 'on its way, confirmed just now')),
  unreachable: () =>
    underway(DESK, HOME, facet('Registry', 'alert', 'does not answer; tried again by itself, confirmed 4 minutes ago')),
  refused: () =>
    underway(DESK, null, facet('Registry', 'alert', 'refused: The house number is not on this street (check the number)')),
  travelling: () =>
    changed(
      bare(
        'No 911 location is registered, because you have no fixed address',
        'If you call 911, say where you are; a mobile phone is better.',
      ),
      { verified: true },
      [
        facet('Here', 'partly', 'no fixed address, said by you 9 minutes ago'),
        facet('Kept', 'good', 'saved on this computer'),
        facet('Registry', 'good', 'accepted, read back equal 2 minutes ago'),
      ],
    ),
  mismatch: () => {
    const face = verified();
    const after = `But 933 read out another address: tell the dispatcher ${oneLine(DESK)}.`;
    return changed(
      face,
      { hero: { ...face.hero, lead: 'Your registered 911 location is', after }, icon: 'not_verified', tested: false },
      [facet('933 test', 'alert', 'another address was read out; tell your administrator')],
    );
  },
  unheard: () => {
    const face = verified();
    return changed(
      face,
      { hero: { ...face.hero, lead: 'Your registered 911 location is' }, tested: false },
      [facet('933 test', 'unknown', 'no address was read out')],
    );
  },
  outage: () => outage(verified()),
  notice: () => ({ ...verified(), notice_due: true }),
  'outage-moved': () => outage(moved()),
  frozen: () => changed(verified(), { frozen: true }, [facet('Questions', 'partly', 'held back, because 911 was called from here')]),
  long,
  'long-outage': () => outage(changed(verified(LONG), { cards: cards({ address: LONG, verified: true, down: true }) })),
  rtl,
} satisfies Record<string, () => Face>;

const BARE = cards({ address: null, verified: false });

/** What is shown in a scene; an unknown one is all well. */
export function scene(name: string | null): Shown {
  if (name === 'starting') return { companion: { is: 'starting' }, face: null, cards: BARE };
  if (name === 'gone') {
    const problem = {
      code: 'not_running',
      message: 'Rightdoor’s companion does not answer.',
      hint: 'It is started again by itself. If this stays, sign out and in again, or tell your administrator.',
    };
    return { companion: { is: 'gone', problem }, face: null, cards: cards({ address: DESK, verified: false }) };
  }
  const make = Object.hasOwn(FACES, name ?? '') ? FACES[name as keyof typeof FACES] : verified;
  const face: Face = make();
  return { companion: { is: 'here' }, face, cards: face.cards };
}
