/** The port to the Inventory Visibility service, as cache synchronization needs it. */

export interface AccessToken {
  readonly value: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** One on-hand change. Quantities are canonical decimals and go out as such. */
export interface OnHandEvent {
  /** The line record id: the same for every repeat, so that the service counts it once. */
  readonly id: string;
  readonly organizationId: string;
  readonly productId: string;
  readonly dataSource: string;
  readonly physicalMeasure: string;
  /** Base dimension name → value. */
  readonly dimensions: readonly (readonly [string, string])[];
  readonly quantity: string;
}

export interface EventResult {
  readonly applied: boolean;
  readonly statusCode: number;
  /** The service's own words, at most 500 characters. */
  readonly message: string;
}

/**
 * What came of one call:
 * - `answered`: results by event id; an id without a result is unknown.
 * - `refused`: the whole call was turned down as bad, without effect (400, 413, 422).
 * - `noEffect`: provably nothing happened and the call may be repeated (connection refused, 401, 429).
 * - `unknown`: time-out, reset, 5xx, an answer that cannot be read.
 */
export type OnHandAnswer =
  | { readonly kind: 'answered'; readonly results: ReadonlyMap<string, EventResult> }
  | { readonly kind: 'refused'; readonly statusCode: number; readonly message: string }
  | { readonly kind: 'noEffect'; readonly message: string; readonly retryAfterMs?: number }
  | { readonly kind: 'unknown'; readonly message: string; readonly retryAfterMs?: number };

/** Most events of one call. */
export const MAX_EVENTS_PER_CALL = 512;

export interface InventoryVisibility {
  /** A token for one attempt; never renewed within it. @throws DependencyError when none can be had. */
  token(): Promise<AccessToken>;
  /** POST …/onhand/bulk with exactly this token. Never throws: every outcome is an answer. */
  postOnHand(token: AccessToken, events: readonly OnHandEvent[]): Promise<OnHandAnswer>;
}
