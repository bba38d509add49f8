/**
 * Misbehaviour on demand. Rules are asked in the order they were added; the first that matches acts, and is used
 * up after `count` times. They are not part of the durable state: a restarted simulator behaves, but for the
 * scenario it was started with.
 */
import type { ExecutionStatus } from '../supplyChain/importRecords.ts';
import type { ServiceName } from './exchange.ts';

/** When a rule acts. Absent: at once, always, until it is removed. */
export interface Limits {
  /** Acts so many times. */
  readonly count?: number;
  /** Lets so many matches pass first. */
  readonly skip?: number;
  /** By the simulator's clock, since the rule was added: acts from then on, and for so long. */
  readonly afterMs?: number;
  readonly forMs?: number;
}

/**
 * A call. `status`: answers so, without effect. `redirect`: 307 to `location`, or to the same address. `hang`: never
 * answers, without effect. `reset`: drops the connection, without effect. `lostResponse`: does the work, then drops
 * the connection. `slow`: does the work, answers after `delayMs`. `lateArrival`: drops the connection and does the
 * work after `delayMs`, as if the request had been held up on its way.
 */
export interface CallFault extends Limits {
  readonly kind: 'status' | 'redirect' | 'hang' | 'reset' | 'lostResponse' | 'slow' | 'lateArrival';
  readonly target: 'entra' | 'security' | 'iv' | 'scm' | 'blob';
  /** Part of the path behind the service's prefix; absent: every path. */
  readonly path?: string;
  /** For `status`; default 503. */
  readonly status?: number;
  /** For `status`: seconds for the Retry-After header. */
  readonly retryAfter?: number;
  /** For `status`: the error's text. */
  readonly message?: string;
  readonly location?: string;
  readonly delayMs?: number;
}

/** Inventory Visibility refuses events of one product, each with its own result. */
export interface ProductFault extends Limits {
  readonly kind: 'rejectProduct';
  readonly productId: string;
  readonly statusCode: number;
  readonly message: string;
}

/** Inventory Visibility refuses a whole request for one event's product, without saying which. */
export interface BatchFault extends Limits {
  readonly kind: 'refuseBatch';
  readonly productId: string;
  readonly status: number;
  readonly message: string;
}

/** Inventory Visibility forgets the ids of events it counted longer ago than this. */
export interface ForgottenIdsFault extends Limits {
  readonly kind: 'forgetEventIds';
  readonly windowMs: number;
}

/** Inventory Visibility answers a repeated event id as a failure, without counting it again. */
export interface RepeatedEventFault extends Limits {
  readonly kind: 'repeatedEventId';
  readonly statusCode: number;
  readonly message: string;
}

/** An import. `slowImport`: it executes for `delayMs`. `importNothing`: it succeeds with no row in the target. */
export type ImportFault = Limits &
  (
    | { readonly kind: 'slowImport'; readonly delayMs: number }
    | { readonly kind: 'importNothing' }
    /** The message ends so; `worked`: after its rows got in. */
    | {
        readonly kind: 'failImport';
        readonly status: 'PreProcessingError' | 'PostProcessingFailed';
        readonly worked: boolean;
        readonly message: string;
      }
    /** From Processing back to Enqueued by itself, to be imported again; `worked`: after its rows got in. */
    | { readonly kind: 'requeueImport'; readonly worked: boolean }
    /** Rows of an item, or all, fail between staging and target. */
    | {
        readonly kind: 'failRow';
        readonly productId?: string;
        readonly field?: string;
        readonly message: string;
      }
    /** What a key does that is there already, in a posted journal, an unposted one, or either. */
    | {
        readonly kind: 'repeatedKey';
        readonly journal?: 'posted' | 'unposted';
        readonly answer: 'refuse' | 'ignore' | 'insert';
      }
  );

/** What is told of messages and executions, whatever is true. */
export type StatusFault = Limits &
  /** Any text: spellings differ between the documentation and Microsoft's own samples. */
  (
    | { readonly kind: 'messageStatus'; readonly status: string }
    /** The answer to enqueueing is `{"value": "…"}` instead of a bare string. */
    | { readonly kind: 'messageIdAsObject' }
    | { readonly kind: 'executionStatus'; readonly status: ExecutionStatus }
    /** 400 "… were not found", as right after ImportFromPackage. */
    | { readonly kind: 'executionNotFound' }
    | { readonly kind: 'noExecutionErrors' }
    /** Quotes and line ends stand unescaped in the list of errors, which is no JSON then. */
    | { readonly kind: 'unescapedErrors' }
    /** The file with the keys of target errors is still being written. */
    | { readonly kind: 'errorKeysNotReady' }
  );

/** Posting, and what becomes of journals afterwards. */
export type PostingFault = Limits &
  /** Lines of an item, or all, cannot be posted. */
  (
    | { readonly kind: 'postingError'; readonly productId?: string; readonly message: string }
    /** Lines dated from `from` (absent: ever) to `until` cannot be posted; yyyy-MM-dd. */
    | { readonly kind: 'closedPeriod'; readonly from?: string; readonly until: string }
    /** Lines that cannot be posted go to a new journal, the others are posted. */
    | { readonly kind: 'moveFailedLines' }
    /** Lines leave their journal when it is posted. */
    | { readonly kind: 'deletePostedLines'; readonly journalNameId?: string }
    /** Journals and their lines are gone with the posting run after the one that posted them. */
    | { readonly kind: 'cleanUpJournals' }
  );

export type FaultRule =
  | CallFault
  | ProductFault
  | BatchFault
  | ForgottenIdsFault
  | RepeatedEventFault
  | ImportFault
  | StatusFault
  | PostingFault;
export type FaultKind = FaultRule['kind'];
type RuleOf<K extends FaultKind> = Extract<FaultRule, { readonly kind: K }>;

interface ActiveRule {
  readonly rule: FaultRule;
  readonly addedAt: number;
  /** Matches, those passed over by `skip` included. */
  matches: number;
}

export class Faults {
  #rules: ActiveRule[] = [];
  readonly #now: () => number;

  /** `now`: milliseconds since the epoch, of the simulator's clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  add(rule: FaultRule): void {
    this.#rules.push({ rule, addedAt: this.#now(), matches: 0 });
  }

  clear(): void {
    this.#rules = [];
  }

  list(): readonly { readonly rule: FaultRule; readonly hits: number }[] {
    return this.#rules.map((active) => ({ rule: active.rule, hits: hits(active) }));
  }

  /** The fault that hits this call, if any. */
  forCall(service: ServiceName, path: string): CallFault | undefined {
    return this.#take(
      (rule): rule is CallFault =>
        'target' in rule && rule.target === service && (rule.path === undefined || path.includes(rule.path)),
    );
  }

  /** The first rule of this kind that `matches` and is due; it counts as a hit. */
  take<K extends FaultKind>(
    kind: K,
    matches: (rule: RuleOf<K>) => boolean = () => true,
  ): RuleOf<K> | undefined {
    return this.#take((rule): rule is RuleOf<K> => rule.kind === kind && matches(rule as RuleOf<K>));
  }

  #take<R extends FaultRule>(matches: (rule: FaultRule) => rule is R): R | undefined {
    const now = this.#now();
    for (const active of this.#rules) {
      const { rule, addedAt } = active;
      const { count = Infinity, skip = 0, afterMs = 0, forMs = Infinity } = rule;
      if (hits(active) >= count) continue;
      const from = addedAt + afterMs;
      if (now < from || now >= from + forMs) continue;
      if (!matches(rule)) continue;
      active.matches += 1;
      if (active.matches > skip) return rule;
    }
    return undefined;
  }
}

function hits({ rule, matches }: ActiveRule): number {
  return Math.max(0, matches - (rule.skip ?? 0));
}
