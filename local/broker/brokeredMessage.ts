/** What the broker reads from a message that comes in, and what it writes into one that goes out. */
import { randomUUID } from 'node:crypto';
import {
  decode,
  encodeInt,
  encodeLong,
  encodeString,
  encodeTimestamp,
  encodeUint,
  NULL,
} from './amqpValue.ts';
import { encodeMessage, field, type MessageContent } from './messageCodec.ts';
import type { QueuedMessage, Submission } from './queuedMessage.ts';

const MAX_UINT = 0xffff_ffff;
/** Values of the annotation x-opt-message-state; an active message carries none. */
const MESSAGE_STATE = { active: undefined, deferred: 1, scheduled: 2 } as const;

/** Reads id, time to live and schedule of a message. One without an id is given one: receivers cannot do without. */
export function toSubmission(received: MessageContent): Submission {
  const content =
    field(received.properties, 0) === undefined
      ? {
          ...received,
          properties: [encodeString(randomUUID().replaceAll('-', '')), ...received.properties.slice(1)],
        }
      : received;
  const id = field(content.properties, 0);
  const ttl = field(content.header, 2);
  const scheduled = content.annotations.get('x-opt-scheduled-enqueue-time');
  const scheduledFor = scheduled && decode(scheduled);
  return {
    content,
    messageId: Buffer.isBuffer(id) ? id.toString('hex') : String(id),
    timeToLiveMs: typeof ttl === 'number' && ttl > 0 ? ttl : undefined,
    scheduledFor: scheduledFor instanceof Date ? scheduledFor.getTime() : undefined,
  };
}

/** The message as a receiver gets it, with the annotations of Service Bus. */
export function encodeDelivery(message: QueuedMessage): Buffer {
  const { content } = message;
  const annotations = new Map(content.annotations);
  annotations.set('x-opt-sequence-number', encodeLong(message.sequenceNumber));
  annotations.set('x-opt-enqueued-time', encodeTimestamp(message.enqueuedAt));
  if (message.lock) annotations.set('x-opt-locked-until', encodeTimestamp(message.lock.until));
  const state = MESSAGE_STATE[message.state];
  if (state !== undefined) annotations.set('x-opt-message-state', encodeInt(state));
  if (message.deadLetterSource !== undefined) {
    annotations.set('x-opt-deadletter-source', encodeString(message.deadLetterSource));
  }
  const [durable = NULL, priority = NULL] = content.header;
  const ttl =
    message.timeToLiveMs === undefined ? NULL : encodeUint(Math.min(message.timeToLiveMs, MAX_UINT));
  const header = [durable, priority, ttl, NULL, encodeUint(message.deliveryCount)];
  return encodeMessage({ ...content, header, annotations });
}
