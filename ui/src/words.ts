// What the pages say by themselves. Whatever is about the location comes from the companion, word for word.
import type { Element } from './lib/bindings/Element';
import type { Shape } from './lib/bindings/Shape';
import type { TrayIcon } from './lib/bindings/TrayIcon';
import type { Language } from './lib/bindings/Language';

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

/** What the outage card's page says besides the card. */
export const CARD: Record<Language, Record<'name' | 'steps' | 'then' | 'print' | 'larger' | 'smaller' | 'back', string>> = {
  en: {
    name: 'English', steps: 'What to do', then: 'After the call', print: 'Print', larger: 'Larger', smaller: 'Smaller', back: 'Back',
  },
  es: {
    name: 'Español', steps: 'Qué hacer', then: 'Después de la llamada', print: 'Imprimir', larger: 'Más grande', smaller: 'Más pequeño',
    back: 'Volver',
  },
  fr: {
    name: 'Français', steps: 'Que faire', then: 'Après l’appel', print: 'Imprimer', larger: 'Plus grand', smaller: 'Plus petit',
    back: 'Retour',
  },
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
