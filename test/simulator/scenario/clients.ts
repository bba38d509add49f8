/**
 * HTTP clients: they post with ids of their own, retry with the same ids until they are answered, click twice, reuse an
 * id for something else, give up, and come back much later.
 */
import type { PostingOptions } from '../../../shared/ingest/postAdjustments.ts';
import { bodyOf, type ClientLine } from '../checker/answers.ts';
import type { Prng } from '../engine/prng.ts';
import { post } from '../host.ts';
import type { Oracle } from '../oracle.ts';
import type { Instance, World } from '../world.ts';

const TIMEOUT_MS = 40_000;

export interface Request {
  readonly environmentId: string;
  readonly lines: readonly ClientLine[];
  readonly options: PostingOptions;
  attempts: number;
  state: 'open' | 'answered' | 'givenUp';
  /** Every line of it is known to be stored with this content. */
  stored: boolean;
  /** The instance that accepted it. */
  by?: Instance;
}

export class Clients {
  readonly requests: Request[] = [];
  /** How patient clients are. */
  habits = { lostAnswer: 0.15, givesUp: 0.03, doubleClick: 0.1, maxAttempts: 6 };
  readonly #world: World;
  readonly #oracle: Oracle;
  readonly #prng: Prng;

  constructor(world: World, oracle: Oracle) {
    this.#world = world;
    this.#oracle = oracle;
    this.#prng = world.prng.fork('clients');
  }

  get open(): number {
    return this.requests.filter(({ state }) => state === 'open').length;
  }

  /** Posts now. Call it from an event that resumes. */
  send(environmentId: string, lines: readonly ClientLine[], options: PostingOptions): void {
    const request: Request = { environmentId, lines, options, attempts: 0, state: 'open', stored: false };
    this.requests.push(request);
    this.#attempt(request);
    if (this.#prng.chance(this.habits.doubleClick)) this.#attempt(request);
  }

  /** Posts an old request again, whatever came of it; `done` when it was answered. */
  repeat(request: Request, done: () => void = () => undefined): void {
    this.#attempt(request, done);
  }

  #attempt(request: Request, done: () => void = () => undefined): void {
    const { awake } = this.#world;
    if (awake.length === 0) return this.#retryLater(request);
    request.attempts++;
    const instance = this.#prng.pick(awake);
    const attempt = this.#oracle.clients.begin(request.environmentId, request.lines, request.options);
    let over = false;
    const timeout = (): void => {
      if (over) return;
      over = true;
      this.#retryLater(request);
    };
    this.#world.engine.after(TIMEOUT_MS, 'a client’s patience ends', timeout);
    post(instance, request.environmentId, bodyOf(request.lines), request.options, (outcome) => {
      if (outcome.kind === 'answer')
        this.#oracle.guard(() => {
          this.#oracle.clients.check(attempt, outcome.answer);
          this.#note(request, instance, outcome.answer);
        });
      if (over) return;
      over = true;
      if (outcome.kind !== 'answer' || this.#prng.chance(this.habits.lostAnswer)) this.#retryLater(request);
      else if (request.state === 'open') request.state = 'answered';
      done();
    });
  }

  #note(request: Request, instance: Instance, answer: Parameters<Oracle['clients']['check']>[1]): void {
    const { sometimes } = this.#world;
    if (answer.kind === 'invalid') return sometimes.note('http: refused lines answered');
    const statuses = answer.results.map(({ processingStatus }) => processingStatus);
    if (request.options.validateOnly) return;
    if (statuses.includes('invalid')) sometimes.note('http: refused lines answered');
    if (statuses.includes('conflict')) sometimes.note('http: conflict answered');
    if (statuses.includes('duplicate')) {
      sometimes.note('http: duplicate answered');
      if (request.by && request.by !== instance)
        sometimes.note('http: duplicate answered by another instance');
      const settings = this.#world.refusedMeasures;
      if (
        request.lines.some(
          (line, index) =>
            statuses[index] === 'duplicate' && settings.has(line.physicalMeasure.toLowerCase()),
        )
      )
        sometimes.note('http: duplicate of a line that settings now refuse');
    }
    if (statuses.includes('success')) request.by = instance;
    request.stored = statuses.every((status) => status === 'success' || status === 'duplicate');
  }

  #retryLater(request: Request): void {
    if (request.state !== 'open') return;
    const gaveUp = request.attempts >= this.habits.maxAttempts || this.#prng.chance(this.habits.givesUp);
    if (gaveUp) {
      request.state = 'givenUp';
      return;
    }
    const wait = this.#prng.chance(0.05)
      ? this.#prng.between(60_000, 36 * 3_600_000)
      : this.#prng.between(100, 30_000);
    this.#world.engine.after(wait, 'a client tries again', () => this.#attempt(request), true);
  }
}
