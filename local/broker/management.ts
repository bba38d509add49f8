/**
 * The operations of a queue's `$management` node
 * (https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response).
 */
import {
  decode,
  encodeArray,
  encodeBinary,
  encodeList,
  encodeLong,
  encodeMap,
  encodeString,
  encodeTimestamp,
  encodeUuid,
  elements,
  MalformedAmqpError,
  mapEntries,
  NULL,
} from './amqpValue.ts';
import { encodeDelivery, toSubmission } from './brokeredMessage.ts';
import { uuidBytes, uuidText } from './lockToken.ts';
import { decodeMessage, nonNullEntries, type EncodedMap } from './messageCodec.ts';
import type { QueueEntity } from './queueEntity.ts';
import type { QueueState } from './queueState.ts';
import type { Outcome, QueuedMessage } from './queuedMessage.ts';
import { textProperty, type Reply, type Request, type StatusNames } from './requestReply.ts';

export const MANAGEMENT_STATUS: StatusNames = { status: 'statusCode', description: 'statusDescription' };

type Operation = (body: EncodedMap, entity: QueueEntity) => Reply;

const OPERATIONS = new Map<string, Operation>([
  ['com.microsoft:peek-message', peek],
  ['com.microsoft:renew-lock', renewLock],
  ['com.microsoft:schedule-message', schedule],
  ['com.microsoft:cancel-scheduled-message', cancelScheduled],
  ['com.microsoft:receive-by-sequence-number', receiveDeferred],
  ['com.microsoft:update-disposition', updateDisposition],
]);

/** Runs one request against a queue; a request that is wrong or not supported is answered, never thrown. */
export function respondToManagement(request: Request, entity: QueueEntity): Reply {
  const name = textProperty(request.properties, 'operation') ?? '';
  const operation = OPERATIONS.get(name);
  if (!operation) {
    const description = `The operation "${name}" is not supported by this broker.`;
    return { status: 501, description, condition: 'amqp:not-implemented' };
  }
  try {
    return operation(mapEntries(request.body), entity);
  } catch (error) {
    if (!(error instanceof MalformedAmqpError)) throw error;
    return { status: 400, description: `${name}: ${error.message}`, condition: 'amqp:decode-error' };
  }
}

const ok = (body?: EncodedMap): Reply => ({ status: 200, description: 'OK', ...(body && { body }) });
const notFound = (description: string): Reply => ({
  status: 404,
  description,
  condition: 'com.microsoft:message-not-found',
});
const lockLost = (lockToken: string): Reply => ({
  status: 410,
  description: `The lock supplied (${lockToken}) is invalid: it has expired, or the message has been settled.`,
  condition: 'com.microsoft:message-lock-lost',
});

function peek(body: EncodedMap, entity: QueueEntity): Reply {
  const from = numbers(body, 'from-sequence-number')[0] ?? 0;
  const limit = numbers(body, 'message-count')[0] ?? 1;
  const found = entity.run((state) => state.peek(from, limit));
  if (found.length === 0) return { status: 204, description: 'No messages' };
  // Whoever peeks holds no lock, so none is shown.
  return ok(messageList(found.map((message) => ({ ...message, lock: undefined }))));
}

function renewLock(body: EncodedMap, entity: QueueEntity): Reply {
  return entity.run((state, now) => {
    const expirations: Buffer[] = [];
    for (const token of lockTokens(body)) {
      const until = state.renewLock(token, now);
      if (until === undefined) return lockLost(token);
      expirations.push(encodeTimestamp(until));
    }
    return ok(new Map([['expirations', encodeArray(0x83, expirations)]]));
  });
}

function schedule(body: EncodedMap, entity: QueueEntity): Reply {
  const messages = elements(required(body, 'messages')).map((entry) =>
    Buffer.from(decode(required(mapEntries(entry), 'message')) as Buffer),
  );
  const limit = entity.maxMessageSizeBytes;
  const tooLarge = messages.find((message) => message.length > limit);
  if (tooLarge) {
    const description = `The message (size:${tooLarge.length} bytes) exceeds the limit of ${limit} bytes.`;
    return { status: 403, description, condition: 'amqp:link:message-size-exceeded' };
  }
  const submissions = messages.map((message) => toSubmission(decodeMessage(message)));
  const sequenceNumbers = entity.run((state, now) =>
    submissions.map((submission) => encodeLong(state.enqueue(submission, now))),
  );
  return ok(new Map([['sequence-numbers', encodeArray(0x81, sequenceNumbers)]]));
}

function cancelScheduled(body: EncodedMap, entity: QueueEntity): Reply {
  const sequenceNumbers = numbers(body, 'sequence-numbers');
  if (entity.run((state) => state.cancelScheduled(sequenceNumbers))) return ok();
  return notFound(`Not all of the messages ${sequenceNumbers.join(', ')} are scheduled.`);
}

function receiveDeferred(body: EncodedMap, entity: QueueEntity): Reply {
  const sequenceNumbers = numbers(body, 'sequence-numbers');
  const mode = numbers(body, 'receiver-settle-mode')[0] === 0 ? 'receiveAndDelete' : 'peekLock';
  const found = entity.run((state, now) => state.receiveDeferred(sequenceNumbers, mode, now));
  if (found) return ok(messageList(found));
  return notFound(`Not all of the messages ${sequenceNumbers.join(', ')} are deferred and unlocked.`);
}

function updateDisposition(body: EncodedMap, entity: QueueEntity): Reply {
  const status = textProperty(body, 'disposition-status') ?? '';
  const outcome = dispositionOutcome(status, body);
  if (!outcome) {
    const description = `"${status}" is no disposition-status; use completed, abandoned, defered or suspended.`;
    return { status: 400, description, condition: 'amqp:invalid-field' };
  }
  return entity.run((state: QueueState, now) => {
    for (const token of lockTokens(body)) {
      if (!state.settle(token, outcome, now)) return lockLost(token);
    }
    return ok();
  });
}

function dispositionOutcome(status: string, body: EncodedMap): Outcome | undefined {
  const properties = nonNullEntries(body.get('properties-to-modify') ?? NULL);
  switch (status) {
    case 'completed':
      return { kind: 'completed' };
    case 'abandoned':
      return { kind: 'abandoned', properties };
    case 'defered': // the protocol's spelling
      return { kind: 'deferred', properties };
    case 'suspended': {
      const reason = textProperty(body, 'deadletter-reason');
      const description = textProperty(body, 'deadletter-description');
      const all = new Map(properties);
      if (reason !== undefined) all.set('DeadLetterReason', encodeString(reason));
      if (description !== undefined) all.set('DeadLetterErrorDescription', encodeString(description));
      return { kind: 'deadLettered', properties: all };
    }
    default:
      return undefined;
  }
}

function messageList(messages: readonly QueuedMessage[]): EncodedMap {
  const entries = messages.map((message) => {
    const entry = new Map([['message', encodeBinary(encodeDelivery(message))]]);
    if (message.lock) entry.set('lock-token', encodeUuid(uuidBytes(message.lock.token)));
    return encodeMap(entry);
  });
  return new Map([['messages', encodeList(entries)]]);
}

function required(body: EncodedMap, name: string): Buffer {
  const encoded = body.get(name);
  if (!encoded) throw new MalformedAmqpError(`the body has no "${name}"`);
  return encoded;
}

/** The numbers of an array, or the single one. A number beyond 2^53 is none that this broker has given out. */
function numbers(body: EncodedMap, name: string): number[] {
  const value = decode(required(body, name));
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.map((item) => (typeof item === 'number' ? item : NaN));
}

function lockTokens(body: EncodedMap): string[] {
  const tokens = decode(required(body, 'lock-tokens'));
  return (Array.isArray(tokens) ? tokens : []).filter((token) => Buffer.isBuffer(token)).map(uuidText);
}
