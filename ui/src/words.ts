// What the pages say by themselves. Whatever is about the location comes from the companion, word for word.
import type { Element } from './lib/bindings/Element';
import type { Shape } from './lib/bindings/Shape';
import type { TrayIcon } from './lib/bindings/TrayIcon';
import type { Card } from './lib/bindings/Card';

export const TITLES = {
  status: 'Your 911 location',
  question: 'Where are you?',
  address: 'Type the address',
  history: 'What you confirmed',
  settings: 'Settings',
  welcome: 'Welcome',
  guidance: 'How to reach 911',
  test: 'Test with 933',
} as const;

export const ICONS: Record<TrayIcon, string> = {
  verified: 'Verified',
  not_verified: 'Not verified',
  waiting: 'Not yet at the registry',
  no_phone: 'Phone service does not answer',
};

export const SHAPES: Record<Shape, { glyph: string; word: string }> = {
  good: { glyph: '●', word: 'Good' },
  partly: { glyph: '◐', word: 'In part' },
  unknown: { glyph: '○', word: 'Not known' },
  alert: { glyph: '▲', word: 'Look here' },
};

export const ELEMENTS: Partial<Record<Element, string>> = {
  BLD: 'building', FLR: 'floor', UNIT: 'unit', ROOM: 'room', SEAT: 'desk', LOC: 'what helps a crew in',
};

/** The first and the last line of every outage card. */
export const STAY = 'Already talking to 911? Stay on the line.';
export const CLOSE = 'Do not wait, and do not restart the app first.';

/** The card where even the window's own process does not answer. */
export const BARE_CARD: Card = {
  headline: 'If your softphone does not reach 911',
  cause: null,
  steps: [
    'Call 911 from your mobile phone.',
    'No mobile? Use the nearest desk, wall or red phone.',
    'Ask anyone near you to call.',
    'Cannot speak? Text 911 (not everywhere; wait for an answer).',
  ],
  say: [],
  ask: ['the street and number', 'the floor and room', 'which entrance'],
  last: null,
};

export const CANNOT_REACH = 'I can’t reach 911 by VoIP';

export const AWAY = {
  starting: {
    title: 'Rightdoor is starting',
    message: 'Your 911 location will stand here in a moment.',
    hint: 'If you call 911 before that, say where you are.',
  },
  gone: {
    title: 'Your 911 location cannot be shown now',
    again: 'It is tried again all the time, and this page recovers by itself.',
    means: 'What was registered stays registered. If you call 911, say where you are.',
  },
  typed: 'What you typed stays here. It can be sent when Rightdoor answers again.',
} as const;

/** The limits of 911 over VoIP that every agent has to be told. */
export const LIMITS: readonly (readonly [string, string])[] = [
  ['You move', '911 may send responders to your last address until you confirm the new one.'],
  ['It takes a moment', 'A new address counts only when the registry has it: this window says when.'],
  ['The internet fails', 'Without it your softphone cannot call 911.'],
  ['The power fails', 'Without it your computer and router cannot, either. A mobile phone can.'],
];
