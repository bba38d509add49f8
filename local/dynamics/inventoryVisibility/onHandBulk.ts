/**
 * `POST …/onhand/bulk`: counts each event once and answers for each.
 * Source: inventory-visibility-api.md, "Create multiple change events" (at most 512; the id makes a resubmission count
 * once). The result's shape is the one documented for reservations; a repeated id is answered as success.
 */
import { Refusal } from '../http/exchange.ts';
import type { Faults } from '../http/faults.ts';
import type { DataSource } from './baseDimensions.ts';
import type { OnHand, StockEvent } from './onHand.ts';
import { readEvent } from './onHandEvent.ts';
import type { ReadEvent } from './onHandEvent.ts';

const MAX_EVENTS = 512;

export interface EventResult {
  readonly id: string;
  readonly processingStatus: 'success' | 'failure';
  readonly message: string;
  readonly statusCode: number;
}

export interface BulkOutcome {
  readonly counted: readonly StockEvent[];
  readonly results: readonly EventResult[];
}

/**
 * Decides, without changing anything.
 * @throws Refusal 400 for the request as a whole
 */
export function decideBulk(
  body: unknown,
  onHand: OnHand,
  now: number,
  dataSources: readonly DataSource[] | undefined,
  faults: Faults,
): BulkOutcome {
  if (!Array.isArray(body)) throw new Refusal(400, 'The body is not an array of on-hand change events.');
  if (body.length > MAX_EVENTS) {
    throw new Refusal(400, `The request has ${body.length} records; at most ${MAX_EVENTS} are accepted.`);
  }
  if (body.length === 0) throw new Refusal(400, 'The request has no records.');
  const events = body.map((value: unknown, position) => readEvent(value, position, dataSources));
  for (const read of events) refuseWholeBatch(read, faults);
  const window = faults.take('forgetEventIds')?.windowMs;
  const counted = new Map<string, StockEvent>();
  const results = events.map((read): EventResult => {
    if ('problem' in read) return failure(read.id, 400, read.problem);
    if (counted.has(read.id) || onHand.isKnown(read.id, now, window)) {
      const repeated = faults.take('repeatedEventId');
      return repeated ? failure(read.id, repeated.statusCode, repeated.message) : success(read.id);
    }
    const product = read.event.productId.toLowerCase();
    const refusal = faults.take('rejectProduct', (rule) => rule.productId.toLowerCase() === product);
    if (refusal) return failure(read.id, refusal.statusCode, refusal.message);
    counted.set(read.id, read.event);
    return success(read.id);
  });
  return { counted: [...counted.values()], results };
}

/** @throws Refusal that says nothing of the event that is to blame */
function refuseWholeBatch(read: ReadEvent, faults: Faults): void {
  const product = 'event' in read ? read.event.productId.toLowerCase() : undefined;
  const fault = faults.take('refuseBatch', (rule) => rule.productId.toLowerCase() === product);
  if (fault) throw new Refusal(fault.status, fault.message);
}

function success(id: string): EventResult {
  return { id, processingStatus: 'success', message: '', statusCode: 200 };
}

function failure(id: string, statusCode: number, message: string): EventResult {
  return { id, processingStatus: 'failure', message, statusCode };
}
