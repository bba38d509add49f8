/**
 * Misbehaviour on demand. Rules are asked in the order they were added; the first that matches acts, and is used
 * up after `count` times. They are not part of the durable state: a restarted simulator behaves.
 */
import { isObject } from '../exactJson.ts';
import { Refusal } from './exchange.ts';
import type { ServiceName } from './exchange.ts';

const TARGETS = ['entra', 'security', 'iv', 'scm'] as const;
const CALL_KINDS = ['status', 'hang', 'reset', 'lostResponse'] as const;

/**
 * `status`: answers so, without effect. `hang`: never answers, without effect. `reset`: drops the connection,
 * without effect. `lostResponse`: does the work, then drops the connection.
 */
export interface CallFault {
  readonly kind: (typeof CALL_KINDS)[number];
  readonly target: (typeof TARGETS)[number];
  /** Part of the path behind the service's prefix; absent: every path. */
  readonly path?: string;
  /** For `status`; default 503. */
  readonly status?: number;
  /** For `status`: seconds for the Retry-After header. */
  readonly retryAfter?: number;
  /** For `status`: the error's text. */
  readonly message?: string;
  readonly count?: number;
}

/** Inventory Visibility refuses events of one product, each with its own result. */
export interface ProductFault {
  readonly kind: 'rejectProduct';
  readonly productId: string;
  readonly statusCode: number;
  readonly message: string;
  readonly count?: number;
}

export type FaultRule = CallFault | ProductFault;

interface ActiveRule {
  readonly rule: FaultRule;
  hits: number;
}

export class Faults {
  #rules: ActiveRule[] = [];

  add(rule: FaultRule): void {
    this.#rules.push({ rule, hits: 0 });
  }

  clear(): void {
    this.#rules = [];
  }

  list(): readonly { readonly rule: FaultRule; readonly hits: number }[] {
    return this.#rules.map(({ rule, hits }) => ({ rule, hits }));
  }

  /** The fault that hits this call, if any. */
  forCall(service: ServiceName, path: string): CallFault | undefined {
    return this.#take(
      (rule): rule is CallFault =>
        rule.kind !== 'rejectProduct' &&
        rule.target === service &&
        (rule.path === undefined || path.includes(rule.path)),
    );
  }

  /** The fault that hits an event of this product, if any. */
  forProduct(productId: string): ProductFault | undefined {
    return this.#take(
      (rule): rule is ProductFault =>
        rule.kind === 'rejectProduct' && rule.productId.toLowerCase() === productId.toLowerCase(),
    );
  }

  #take<R extends FaultRule>(matches: (rule: FaultRule) => rule is R): R | undefined {
    for (const active of this.#rules) {
      if (active.rule.count !== undefined && active.hits >= active.rule.count) continue;
      if (!matches(active.rule)) continue;
      active.hits += 1;
      return active.rule;
    }
    return undefined;
  }
}

/** Reads a rule as posted to the control API. @throws Refusal 400 naming the field. */
export function parseFaultRule(value: unknown): FaultRule {
  if (!isObject(value)) throw new Refusal(400, 'A fault rule is a JSON object.');
  const { kind, target, path, productId, message } = value;
  const count = optionalWhole(value, 'count');
  if (kind === 'rejectProduct') {
    if (typeof productId !== 'string') throw new Refusal(400, 'rejectProduct needs productId, a string.');
    return {
      kind,
      productId,
      statusCode: optionalWhole(value, 'statusCode') ?? 400,
      message: typeof message === 'string' ? message : `Product ${productId} is refused.`,
      ...(count === undefined ? {} : { count }),
    };
  }
  const callKind = CALL_KINDS.find((known) => known === kind);
  const callTarget = TARGETS.find((known) => known === target);
  if (!callKind) {
    throw new Refusal(
      400,
      `kind ${JSON.stringify(kind)} is unknown; use ${CALL_KINDS.join(', ')} or rejectProduct.`,
    );
  }
  if (!callTarget) {
    throw new Refusal(400, `target ${JSON.stringify(target)} is unknown; use ${TARGETS.join(', ')}.`);
  }
  const status = optionalWhole(value, 'status');
  const retryAfter = optionalWhole(value, 'retryAfter');
  return {
    kind: callKind,
    target: callTarget,
    ...(typeof path === 'string' ? { path } : {}),
    ...(status === undefined ? {} : { status }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(typeof message === 'string' ? { message } : {}),
    ...(count === undefined ? {} : { count }),
  };
}

function optionalWhole(object: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = object[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Refusal(400, `${name} (${JSON.stringify(value)}) must be a whole number, 0 or more.`);
}
