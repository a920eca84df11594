import type { Answer } from '../../bindings/Answer';
import type { CivicAddress } from '../../bindings/CivicAddress';
import type { Face } from '../../bindings/Face';
import type { Intent } from '../../bindings/Intent';
import type { Look } from '../../bindings/Look';
import type { Reply } from '../../bindings/Reply';
import type { Shown } from '../../bindings/Shown';
import type { Sight } from '../../bindings/Sight';
import type { Backend, WindowName } from '../backend';
import { check } from './check';
import { DIRECTORY, HOME } from './directory';
import { changed, FACES, question, scene, underway, verified } from './scenes';
import { history, settings } from './settings';

/**
 * A pretend companion, for looking at the face without one: `?demo=moved#/status`.
 *
 * `window` names the window, `slow` is the time in ms that each step takes, and these make it awkward:
 * `refuse` refuses every answer, `suggest` and `correct` know other addresses than the first one given, `stuck` never registers one, `empty` has no directory, `unread` cannot read it.
 */
export function demo(): Backend {
  const wanted = new URLSearchParams(location.search);
  const companion = new Companion(scene(wanted.get('demo')), wanted);
  // The accessibility run turns this to see what a page does then.
  Object.assign(globalThis, { companion });
  const names: Record<string, WindowName> = { question: 'question', guidance: 'guidance' };
  return {
    shown: async () => companion.shown,
    onShown: (see) => companion.listen(see),
    act: (intent) => companion.act(intent),
    look: (look) => companion.look(look),
    closeWindow() {
      document.body.dataset['closed'] = 'true';
      document.title = 'closed';
    },
    window: () => names[wanted.get('window') ?? ''] ?? 'main',
  };
}

class Companion {
  shown: Shown;
  /** Every intent that came, for the accessibility run. */
  readonly acts: Intent[] = [];
  readonly #wanted: URLSearchParams;
  #suggests = true;
  readonly #listeners = new Set<(shown: Shown) => void>();
  #revision = 9;
  #next = 8;

  constructor(shown: Shown, wanted: URLSearchParams) {
    this.shown = shown;
    this.#wanted = wanted;
  }

  listen(see: (shown: Shown) => void): () => void {
    this.#listeners.add(see);
    return () => this.#listeners.delete(see);
  }

  /** Shows another scene. */
  turn(name: string): void {
    this.#show(scene(name));
  }

  /** Another question takes the open one's place. */
  replace(): void {
    this.#face((face) => ({ ...face, question: question(this.#next++, { reason: 'Your organisation asks you to confirm it.' }) }));
  }

  /** The question is answered elsewhere. */
  close(): void {
    this.#face((face) => ({ ...face, question: null }));
  }

  async act(intent: Intent): Promise<Reply> {
    this.acts.push(structuredClone(intent));
    await this.#pause();
    if (intent === 'ask') {
      const id = this.#next++;
      this.#face((face) => ({ ...face, question: face.question ?? question(id, { reason: 'You asked to change it.' }) }));
      return { asked: this.shown.face?.question?.id ?? id };
    }
    if ('report933' in intent) {
      const { matched } = intent.report933;
      this.#show(scene(matched === null ? 'unheard' : matched ? 'verified' : 'mismatch'));
      return 'done';
    }
    if ('acknowledge' in intent) {
      this.#face((face) => ({ ...face, notice_due: false }));
      return 'done';
    }
    if ('enrol' in intent) return this.#enrol(intent.enrol.code);
    const answer = 'say' in intent ? intent.say : intent.answer.answer;
    if ('answer' in intent && intent.answer.prompt !== this.shown.face?.question?.id) {
      return refused('question_closed', 'This question is closed.', 'Answer the one that is open now.');
    }
    return this.#answered(answer);
  }

  async look(look: Look): Promise<Sight> {
    await this.#pause();
    if (look === 'history') return { history: this.#wanted.has('empty') ? [] : history(Date.now()) };
    if (look === 'settings') return { settings: settings(this.shown.face?.enrolled ?? true) };
    if ('check' in look) return { checked: check(look.check.address, look.check.street) };
    const unread = this.#wanted.has('unread');
    const places = unread || this.#wanted.has('empty') ? [] : DIRECTORY;
    return { directory: { places, read_at: unread ? null : Date.now(), cut: false } };
  }

  #answered(answer: Answer): Reply {
    if (answer === 'later') {
      const until = Date.now() + 10 * 60_000;
      this.#face((face) => ({ ...face, question: face.question && { ...face.question, put_off: 'asks again at 13:12' } }));
      return { snoozed: until };
    }
    if (this.#wanted.has('refuse')) {
      const fields = [{
        field: 'PC', code: 'zip_state_mismatch', message: 'The ZIP code is not in the state.',
        hint: 'ZIP codes that start like this are in WY. Correct the ZIP code or the state.',
      } as const];
      return { refused: { code: 'address', message: 'The address was not taken: something in it does not fit.', hint: 'Mend what is marked. Nothing has changed.', fields: [...fields] } };
    }
    const suggested = typeof answer === 'object' && 'address' in answer ? this.#suggested(answer.address.location) : null;
    if (suggested) return suggested;
    if (answer === 'travelling') {
      this.#show(scene('travelling'));
      return { kept: ++this.#revision };
    }
    void this.#register(this.#where(answer));
    return { kept: ++this.#revision };
  }

  /** The next address is known otherwise, too. */
  suggestAgain(): void {
    this.#suggests = true;
  }

  /** Other addresses, once. */
  #suggested(given: CivicAddress): Reply | null {
    const one = this.#wanted.has('correct');
    if (!this.#suggests || (!one && !this.#wanted.has('suggest'))) return null;
    this.#suggests = false;
    const known: CivicAddress[] = one ? [{ ...given, PC: '80205', A2: 'Denver County' }] : [{ ...given, POD: 'North' }, { ...given, RD: 'Blakely', PC: '80211' }];
    const problem = { code: one ? 'corrected' : 'ambiguous', message: 'The registry knows it otherwise.', hint: 'Choose the one that is right.' };
    return { suggested: { problem, given, known } };
  }

  #where(answer: Answer): CivicAddress {
    if (typeof answer === 'string') return this.shown.face?.address ?? HOME;
    if ('address' in answer) return answer.address.location;
    return DIRECTORY.find((place) => place.id === answer.place)?.location ?? HOME;
  }

  /** Saved, sending, registered and read back equal; the hero only then. */
  async #register(address: CivicAddress): Promise<void> {
    const before = this.shown.face?.address ?? null;
    const step = (registry: Parameters<typeof underway>[2], kept: string) =>
      this.#face(() => changed(underway(address, before, registry), {}, [{ name: 'Kept', shape: kept.startsWith('being') ? 'partly' : 'good', text: kept }]));
    const sending = { name: 'Registry', shape: 'partly', text: 'on its way, confirmed just now' } as const;
    step(sending, 'being saved on this computer');
    await this.#pause();
    step(sending, 'saved on this computer');
    await this.#pause(3);
    if (this.#wanted.has('stuck')) {
      step({ name: 'Registry', shape: 'alert', text: 'does not answer; tried again by itself, confirmed just now' }, 'saved on this computer');
      return;
    }
    const registered = { name: 'Registry', shape: 'good', text: 'accepted, read back equal just now' } as const;
    this.#face(() =>
      changed(
        { ...verified(address), tested: false, hero: { ...verified(address).hero, lead: 'Your registered 911 location is', read: 'read from the registry just now' } },
        {},
        [registered, { name: 'Here', shape: 'good', text: 'confirmed by you just now' }, { name: '933 test', shape: 'unknown', text: 'an earlier address' }],
      ),
    );
  }

  #enrol(code: string): Reply {
    if (!/^[A-Z0-9]{4}(-[A-Z0-9]{4})*$/.test(code)) {
      return refused('code', 'The registry does not know this code.', 'Codes work once and for a short time: ask for a new one.');
    }
    this.#face(() => FACES.nothing());
    return 'done';
  }

  #face(change: (face: Face) => Face): void {
    const face = this.shown.face;
    if (!face) return;
    const next = change(face);
    this.#show({ companion: { is: 'here' }, face: next, cards: next.cards });
  }

  #show(shown: Shown): void {
    this.shown = shown;
    for (const see of this.#listeners) see(shown);
  }

  #pause(times = 1): Promise<void> {
    const each = Number(this.#wanted.get('slow') ?? 350);
    return new Promise((done) => setTimeout(done, each * times));
  }
}

function refused(code: string, message: string, hint: string): Reply {
  return { refused: { code, message, hint } };
}
