import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { decode } from './amqpValue.ts';
import type { MessageContent } from './messageCodec.ts';
import { queueRules, type QueueOptions } from './queueOptions.ts';
import { QueueState } from './queueState.ts';
import type { Outcome, QueuedMessage } from './queuedMessage.ts';

const EMPTY = new Map<string, Buffer>();
const ABANDON: Outcome = { kind: 'abandoned', properties: EMPTY };
const DEFER: Outcome = { kind: 'deferred', properties: EMPTY };
const COMPLETE: Outcome = { kind: 'completed' };
const content: MessageContent = {
  header: [],
  annotations: EMPTY,
  properties: [],
  applicationProperties: EMPTY,
  body: Buffer.alloc(0),
};

let dead: QueuedMessage[];
let tokens: number;
beforeEach(() => {
  dead = [];
  tokens = 0;
});

function queue(options: QueueOptions = {}): QueueState {
  return new QueueState(
    queueRules('orders', { lockDurationMs: 100, maxDeliveryCount: 3, ...options }),
    () => `lock-${++tokens}`,
    (message) => dead.push(message),
  );
}

function put(state: QueueState, now: number, more: { id?: string; ttl?: number; at?: number } = {}): number {
  return state.enqueue(
    { content, messageId: more.id ?? 'm', timeToLiveMs: more.ttl, scheduledFor: more.at },
    now,
  );
}

/** The next message, locked; fails when there is none. */
function take(state: QueueState, now: number): QueuedMessage & { lock: { token: string } } {
  state.advance(now);
  const message = state.receive('peekLock', now);
  if (!message?.lock) throw new Error('no message is ready');
  return message as QueuedMessage & { lock: { token: string } };
}

function reason(message: QueuedMessage | undefined): unknown {
  const value = message?.content.applicationProperties.get('DeadLetterReason');
  return value && decode(value);
}

describe('receiving', () => {
  test('goes by sequence number, also after an abandon', () => {
    const state = queue();
    const [first, second] = [put(state, 0), put(state, 0)];
    const message = take(state, 0);
    expect(message.sequenceNumber).toBe(first);
    state.settle(message.lock.token, ABANDON, 1);
    expect(take(state, 1).sequenceNumber).toBe(first);
    expect(take(state, 1).sequenceNumber).toBe(second);
  });

  test('in receive-and-delete mode removes the message', () => {
    const state = queue();
    put(state, 0);
    expect(state.receive('receiveAndDelete', 0)?.lock).toBeUndefined();
    expect(state.counts()).toEqual({ active: 0, locked: 0, deferred: 0, scheduled: 0 });
  });
});

describe('a lock', () => {
  test('ends after the lock duration; its token is worth nothing then and the delivery counts as failed', () => {
    const state = queue();
    put(state, 0);
    const { lock } = take(state, 0);
    expect(state.nextDue()).toBe(100);
    state.advance(99);
    expect(state.counts().locked).toBe(1);
    state.advance(100);
    expect(state.settle(lock.token, COMPLETE, 100)).toBe(false);
    expect(state.renewLock(lock.token, 100)).toBeUndefined();
    expect(take(state, 100)).toMatchObject({ deliveryCount: 1, lock: { token: 'lock-2' } });
  });

  test('that is renewed holds for the lock duration from then on', () => {
    const state = queue();
    put(state, 0);
    const { token } = take(state, 0).lock;
    state.advance(60);
    expect(state.renewLock(token, 60)).toBe(160);
    state.advance(159);
    expect(state.counts().locked).toBe(1);
    state.advance(160);
    expect(state.counts().active).toBe(1);
  });

  test('settles once', () => {
    const state = queue();
    put(state, 0);
    const { token } = take(state, 0).lock;
    expect(state.settle(token, COMPLETE, 0)).toBe(true);
    expect(state.settle(token, COMPLETE, 0)).toBe(false);
    expect(state.settle('never given', COMPLETE, 0)).toBe(false);
  });
});

describe('failed deliveries', () => {
  test('lead to the dead-letter queue when there are maxDeliveryCount of them, abandoned or expired', () => {
    const state = queue();
    put(state, 0);
    state.settle(take(state, 0).lock.token, ABANDON, 0);
    take(state, 0);
    state.advance(100);
    state.settle(take(state, 100).lock.token, ABANDON, 100);
    expect(dead.map(reason)).toEqual(['MaxDeliveryCountExceeded']);
    expect(dead[0]).toMatchObject({ sequenceNumber: 1, deliveryCount: 3 });
    expect(state.hasActive()).toBe(false);
  });

  test('do not include released messages', () => {
    const state = queue({ maxDeliveryCount: 1 });
    put(state, 0);
    state.settle(take(state, 0).lock.token, { kind: 'released' }, 0);
    expect(take(state, 0).deliveryCount).toBe(0);
  });

  test('do not move anything out of a dead-letter queue', () => {
    const state = new QueueState(queueRules('dead', { maxDeliveryCount: 1 }), () => `lock-${++tokens}`);
    state.adopt({ ...take(withOne(), 0), lock: undefined });
    state.settle(take(state, 0).lock.token, { kind: 'deadLettered', properties: EMPTY }, 0);
    expect(state.counts().active).toBe(1);
  });

  function withOne(): QueueState {
    const state = queue();
    put(state, 0);
    return state;
  }
});

describe('a deferred message', () => {
  test('comes by its sequence number only, and stays deferred when it is abandoned or its lock ends', () => {
    const state = queue();
    const number = put(state, 0);
    state.settle(take(state, 0).lock.token, DEFER, 0);
    expect(state.hasActive()).toBe(false);
    const [message] = state.receiveDeferred([number], 'peekLock', 0) ?? [];
    expect(state.receiveDeferred([number], 'peekLock', 0)).toBeUndefined();
    state.settle(message?.lock?.token ?? '', ABANDON, 0);
    expect(state.counts()).toMatchObject({ deferred: 1, active: 0 });
    state.receiveDeferred([number], 'peekLock', 0);
    state.advance(100);
    expect(state.receiveDeferred([number], 'receiveAndDelete', 100)).toMatchObject([{ deliveryCount: 2 }]);
    expect(state.counts().deferred).toBe(0);
  });

  test('is not taken when another one that is asked for with it is not to be had', () => {
    const state = queue();
    const number = put(state, 0);
    state.settle(take(state, 0).lock.token, DEFER, 0);
    expect(state.receiveDeferred([number, 99], 'peekLock', 0)).toBeUndefined();
    expect(state.counts()).toMatchObject({ deferred: 1, locked: 0 });
  });
});

describe('a scheduled message', () => {
  test('becomes active at its time, and its time to live starts then', () => {
    const state = queue();
    put(state, 0, { at: 50, ttl: 30 });
    expect(state.hasActive()).toBe(false);
    state.advance(50);
    expect(state.peek(0, 1)).toMatchObject([{ state: 'active', enqueuedAt: 50, expiresAt: 80 }]);
  });

  test('can be cancelled until then, all that are named or none', () => {
    const state = queue();
    const [one, two] = [put(state, 0, { at: 50 }), put(state, 0, { at: 60 })];
    state.advance(50);
    expect(state.cancelScheduled([one, two])).toBe(false);
    expect(state.cancelScheduled([two])).toBe(true);
    expect(state.counts()).toMatchObject({ active: 1, scheduled: 0 });
  });
});

describe('time to live', () => {
  test('is the shorter of that of the message and that of the queue', () => {
    const state = queue({ defaultTtlMs: 20 });
    put(state, 0, { ttl: 10 });
    put(state, 0, { ttl: 1000 });
    state.advance(10);
    expect(state.peek(0, 9).map((message) => message.sequenceNumber)).toEqual([2]);
    state.advance(20);
    expect(state.peek(0, 9)).toEqual([]);
    expect(dead).toEqual([]);
  });

  test('leads to the dead-letter queue where the queue says so', () => {
    const state = queue({ defaultTtlMs: 20, deadLetterOnExpiration: true });
    put(state, 0);
    state.advance(20);
    expect(dead.map(reason)).toEqual(['TTLExpiredException']);
  });

  test('does not end a lock, but the message is gone when it is given back', () => {
    const state = queue({ defaultTtlMs: 20 });
    put(state, 0);
    const { token } = take(state, 0).lock;
    state.advance(30);
    expect(state.settle(token, ABANDON, 30)).toBe(true);
    expect(state.counts()).toMatchObject({ active: 0, locked: 0 });
  });

  test('still ends a message that was given back before', () => {
    const state = queue({ defaultTtlMs: 20 });
    put(state, 0);
    state.settle(take(state, 0).lock.token, ABANDON, 10);
    expect(state.nextDue()).toBe(20);
    state.advance(20);
    expect(state.hasActive()).toBe(false);
  });
});

describe('duplicate detection', () => {
  test('drops an id seen within the window and answers the first sequence number', () => {
    const state = queue({ duplicateDetectionWindowMs: 10 });
    expect(put(state, 0, { id: 'a' })).toBe(1);
    expect(put(state, 9, { id: 'a' })).toBe(1);
    expect(put(state, 9, { id: 'b' })).toBe(2);
    expect(put(state, 10, { id: 'a' })).toBe(3);
  });

  test('also knows messages that have been received since', () => {
    const state = queue({ duplicateDetectionWindowMs: 10 });
    put(state, 0);
    state.receive('receiveAndDelete', 0);
    put(state, 1);
    expect(state.hasActive()).toBe(false);
  });
});

test('whatever happens, every message is in exactly one place and none is lost', () => {
  const step = fc.record({
    action: fc.constantFrom('put', 'schedule', 'take', 'complete', 'abandon', 'defer', 'deadLetter', 'wait'),
    pick: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      dead = [];
      const state = queue();
      let [now, sent, completed] = [0, 0, 0];
      const locks: string[] = [];
      const outcomes: Record<string, Outcome> = {
        complete: COMPLETE,
        abandon: ABANDON,
        defer: DEFER,
        deadLetter: { kind: 'deadLettered', properties: EMPTY },
      };
      for (const { action, pick } of steps) {
        state.advance(now);
        const outcome = outcomes[action];
        if (action === 'put' || action === 'schedule') {
          put(state, now, action === 'put' ? {} : { at: now + 1 + pick });
          sent += 1;
        } else if (action === 'take') {
          const token = state.receive('peekLock', now)?.lock?.token;
          if (token) locks.push(token);
        } else if (action === 'wait') now += pick * 30;
        else if (outcome && state.settle(locks.splice(pick, 1)[0] ?? '', outcome, now)) {
          if (action === 'complete') completed += 1;
        }
        const { active, locked, deferred, scheduled } = state.counts();
        expect(active + locked + deferred + scheduled + dead.length + completed).toBe(sent);
        expect(state.hasActive()).toBe(active > 0);
      }
    }),
  );
});
