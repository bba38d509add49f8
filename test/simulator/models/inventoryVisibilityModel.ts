/**
 * Inventory Visibility as the product assumes it: a call is judged by its token when it arrives, may be worked on for a
 * bounded time after that, and an event id is applied once, atomically, as long as it is remembered.
 */
import type {
  AccessToken,
  EventResult,
  InventoryVisibility,
  OnHandAnswer,
  OnHandEvent,
} from '../../../shared/inventoryVisibility/inventoryVisibility.ts';
import type { Engine } from '../engine/engine.ts';
import type { Prng } from '../engine/prng.ts';
import type { Process } from '../engine/process.ts';
import { type CallOnItsWay, OnTheWay } from './onTheWay.ts';
import { Tokens } from './tokens.ts';

export interface InventoryVisibilityOptions {
  readonly tokenLifetimeMs: number;
  /** How long an event id is remembered after it was first applied. */
  readonly rememberedMs: number;
  readonly processingBoundMs: number;
  /** False: a token that has expired is taken all the same. */
  readonly endsTokens?: boolean;
  /** Products whose name begins with this are refused. */
  readonly refusedPrefix: string;
  /** Whether one bad event makes it refuse the whole call. */
  readonly refusesWholeCalls: boolean;
  /** Share of events refused although they are good, in odd answers. */
  readonly wronglyRefused: number;
  /** What becomes of an event that it has applied already: it says so again, refuses it, or refuses its whole call. */
  readonly knownEvent?: KnownEvent;
}

export type KnownEvent = 'saidAgain' | 'refused' | 'callRefused';

export interface AppliedEvent {
  readonly event: OnHandEvent;
  /** When it was applied; more than once is what must never happen. */
  readonly times: number[];
}

export class InventoryVisibilityModel {
  readonly applied = new Map<string, AppliedEvent>();
  /** Calls by the ids of their events. */
  readonly onTheWay: OnTheWay;
  /** Called before an event is applied. */
  onApply: (event: OnHandEvent, times: readonly number[]) => void = () => undefined;
  /** Called when a process begins a call. */
  onIssue: (process: Process, token: AccessToken, events: readonly OnHandEvent[]) => void = () => undefined;
  /** Called when a call arrives with a token that has expired. */
  onExpired: () => void = () => undefined;
  /** Called when an event, or a call, is refused because the event is known. */
  onKnown: (refused: Exclude<KnownEvent, 'saidAgain'>) => void = () => undefined;
  readonly #engine: Engine;
  readonly #prng: Prng;
  readonly #options: InventoryVisibilityOptions;
  readonly #tokens: Tokens;

  constructor(engine: Engine, prng: Prng, options: InventoryVisibilityOptions) {
    this.#engine = engine;
    this.#prng = prng;
    this.#options = options;
    this.onTheWay = new OnTheWay(engine);
    this.#tokens = new Tokens(engine, 'iv', options.tokenLifetimeMs, options.endsTokens);
  }

  /** The port of one process. */
  port(process: Process): InventoryVisibility {
    return {
      token: () => this.#tokens.take(process, 'iv'),
      postOnHand: (token, events) => {
        this.onIssue(process, token, events);
        const names = events.map(({ id }) => id);
        const sent = this.onTheWay.begin(names, this.#tokens.expiryOf(token));
        return this.#engine.call<OnHandAnswer>(process, {
          port: 'iv',
          label: `iv post ${events.length} from ${events[0]?.id ?? ''}`,
          writes: true,
          effect: () => this.#arrive(sent, token, () => this.#work(events)),
          odd: () => this.#arrive(sent, token, () => this.#workOddly(events)),
          failed: (effectPossible) => {
            sent.isOver ||= !effectPossible;
            return this.#failed(effectPossible);
          },
          landLate: (late) => this.#landLate(sent, token, events, late),
        });
      },
    };
  }

  #arrive(sent: CallOnItsWay, token: AccessToken, work: () => OnHandAnswer): OnHandAnswer {
    sent.isOver = true;
    if (this.#tokens.isGood(token)) return work();
    this.onExpired();
    return { kind: 'noEffect', message: '401 the token has expired' };
  }

  #landLate(sent: CallOnItsWay, token: AccessToken, events: readonly OnHandEvent[], late: number) {
    // Either it travels long and is judged when it arrives, or it arrives soon and is worked on long.
    if (this.#prng.chance(0.5) || !this.#tokens.isGood(token))
      return { after: late, act: () => void this.#arrive(sent, token, () => this.#work(events)) };
    sent.isJudged = true;
    const act = (): void => {
      sent.isOver = true;
      this.#work(events);
    };
    return { after: Math.min(late, this.#options.processingBoundMs), act };
  }

  #failed(effectPossible: boolean): OnHandAnswer {
    const retryAfterMs = this.#prng.chance(0.5) ? this.#prng.between(100, 90_000) : undefined;
    const hint = retryAfterMs === undefined ? {} : { retryAfterMs };
    if (!effectPossible && this.#prng.chance(0.5)) return { kind: 'noEffect', message: '429', ...hint };
    return { kind: 'unknown', message: this.#prng.pick(['time-out', '500', 'reset']), ...hint };
  }

  #work(events: readonly OnHandEvent[]): OnHandAnswer {
    const isBad = ({ productId }: OnHandEvent): boolean => productId.startsWith(this.#options.refusedPrefix);
    if (this.#options.refusesWholeCalls && events.some(isBad))
      return { kind: 'refused', statusCode: 400, message: 'an event is not valid' };
    const { knownEvent = 'saidAgain' } = this.#options;
    if (knownEvent === 'callRefused' && events.some(({ id }) => this.#isKnown(id))) {
      this.onKnown(knownEvent);
      return { kind: 'refused', statusCode: 400, message: 'an event is known' };
    }
    const results = new Map<string, EventResult>();
    for (const event of this.#prng.shuffled(events)) {
      if (isBad(event))
        results.set(event.id, { applied: false, statusCode: 400, message: 'unknown product' });
      else if (knownEvent === 'refused' && this.#isKnown(event.id)) {
        this.onKnown(knownEvent);
        results.set(event.id, { applied: false, statusCode: 409, message: 'the event is known' });
      } else {
        this.#apply(event);
        results.set(event.id, { applied: true, statusCode: 200, message: '' });
      }
    }
    return { kind: 'answered', results };
  }

  /** Some events fail for a while, with or without effect; some have no result; now and then all are refused for nothing. */
  #workOddly(events: readonly OnHandEvent[]): OnHandAnswer {
    if (this.#prng.chance(this.#options.wronglyRefused / 2))
      return { kind: 'refused', statusCode: this.#prng.pick([400, 413, 422]), message: 'too much at once' };
    const wronglyRefused = this.#prng.chance(0.5) ? this.#options.wronglyRefused : 0;
    const refused = events.filter(() => this.#prng.chance(wronglyRefused));
    const failing = events.filter((event) => !refused.includes(event) && this.#prng.chance(0.2));
    const answer = this.#work(events.filter((event) => !refused.includes(event) && !failing.includes(event)));
    if (answer.kind !== 'answered') return answer;
    const results = new Map<string, EventResult>();
    for (const { id } of refused) results.set(id, { applied: false, statusCode: 400, message: 'refused' });
    for (const { id } of failing) results.set(id, { applied: false, statusCode: 429, message: 'busy' });
    for (const [id, result] of answer.results) {
      const roll = this.#prng.fraction();
      if (roll < 0.4) results.set(id, result);
      else if (roll < 0.7 && result.applied)
        results.set(id, { applied: false, statusCode: 500, message: 'applied, and then failed' });
    }
    return { kind: 'answered', results };
  }

  #isKnown(id: string): boolean {
    const last = this.applied.get(id)?.times.at(-1);
    return last !== undefined && this.#engine.now - last <= this.#options.rememberedMs;
  }

  #apply(event: OnHandEvent): void {
    if (this.#isKnown(event.id)) return;
    const known = this.applied.get(event.id);
    this.onApply(event, known?.times ?? []);
    if (known) known.times.push(this.#engine.now);
    else this.applied.set(event.id, { event, times: [this.#engine.now] });
  }
}
