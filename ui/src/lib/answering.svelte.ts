import { asProblem, backend } from './backend';
import type { Answer } from './bindings/Answer';
import type { Problem } from './bindings/Problem';
import type { PromptId } from './bindings/PromptId';
import type { Reply } from './bindings/Reply';
import type { Suggestion } from './bindings/Suggestion';
import { session } from './session.svelte';
import { mayAnswer } from './watched';

/** How far an answer is. */
export type Stage =
  | { is: 'idle' }
  | { is: 'sending' }
  | { is: 'following' }
  | { is: 'put_off'; until: number }
  | { is: 'suggested'; suggestion: Suggestion }
  | { is: 'refused'; problem: Problem };

const REPLACED: Problem = {
  code: 'replaced',
  message: 'The question was replaced a moment ago. Nothing was sent.',
  hint: 'Look at it again, then answer.',
};

const AWAY: Problem = {
  code: 'away',
  message: 'Rightdoor does not answer now. Nothing was sent.',
  hint: 'Everything stays here: send it when it answers again. If you call 911, say where you are.',
};

/** One answer on its way; there is never a second one beside it. */
class Answering {
  stage = $state.raw<Stage>({ is: 'idle' });
  /** Whether the question that comes now is the one asked for here. */
  asking = $state(false);

  /** Whether an answer is on its way or being followed. */
  get busy(): boolean {
    return this.stage.is === 'sending' || this.stage.is === 'following';
  }

  /** Gives `answer` to the question `drawn` that it was drawn for, or says it unasked. */
  async give(answer: Answer, drawn: PromptId | null): Promise<void> {
    if (this.busy) return;
    if (!session.here) return this.#refuse(AWAY);
    if (drawn !== null && !mayAnswer(drawn, session.face?.question?.id ?? null)) return this.#refuse(REPLACED);
    this.stage = { is: 'sending' };
    try {
      this.#told(await backend.act(drawn === null ? { say: answer } : { answer: { prompt: drawn, answer } }));
    } catch (thrown) {
      this.#refuse(asProblem(thrown));
    }
  }

  /** Asks for the question. */
  async ask(): Promise<void> {
    this.reset();
    this.asking = true;
    try {
      this.#told(await backend.act('ask'));
    } catch (thrown) {
      this.#refuse(asProblem(thrown));
    } finally {
      this.asking = false;
    }
  }

  reset(): void {
    this.stage = { is: 'idle' };
  }

  #told(reply: Reply): void {
    if (reply === 'done' || 'asked' in reply) this.reset();
    else if ('refused' in reply) this.#refuse(reply.refused);
    else if ('suggested' in reply) this.stage = { is: 'suggested', suggestion: reply.suggested };
    else if ('snoozed' in reply) this.stage = { is: 'put_off', until: reply.snoozed };
    else this.stage = { is: 'following' };
  }

  #refuse(problem: Problem): void {
    this.stage = { is: 'refused', problem };
  }
}

export const answering = new Answering();
