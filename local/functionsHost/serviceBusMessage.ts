/**
 * A received Service Bus message as the platform hands it to a function: the body as text, and the trigger metadata
 * by the names the Service Bus extension gives them. The library then tries every text as JSON, which is why a body
 * of `123` arrives as a number: that is the platform's behaviour and is kept.
 */
import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { TypedData } from './coreTypes.ts';

/** @param raw received with `skipParsingBodyAsJson`, so that the body is the bytes as sent (or an AMQP value) */
export function messageBody(raw: unknown, asBytes: boolean): TypedData {
  if (raw instanceof Uint8Array)
    return asBytes ? { bytes: raw } : { string: Buffer.from(raw).toString('utf8') };
  if (typeof raw === 'string') return asBytes ? { bytes: Buffer.from(raw) } : { string: raw };
  return { json: JSON.stringify(raw ?? null) };
}

function typed(value: unknown): TypedData | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return { string: value };
  if (typeof value === 'number' && Number.isSafeInteger(value)) return { int: value };
  return { json: JSON.stringify(value) };
}

/** Metadata of a message; what the message does not have is absent. */
export function messageMetadata(message: ServiceBusReceivedMessage): Record<string, TypedData> {
  const values: Record<string, unknown> = {
    DeliveryCount: message.deliveryCount,
    DeadLetterSource: message.deadLetterSource,
    DeadLetterReason: message.deadLetterReason,
    DeadLetterErrorDescription: message.deadLetterErrorDescription,
    LockToken: message.lockToken,
    ExpiresAtUtc: message.expiresAtUtc,
    ExpiresAt: message.expiresAtUtc,
    EnqueuedTimeUtc: message.enqueuedTimeUtc,
    EnqueuedTime: message.enqueuedTimeUtc,
    MessageId: message.messageId,
    ContentType: message.contentType,
    ReplyTo: message.replyTo,
    SequenceNumber: message.sequenceNumber?.toNumber(),
    To: message.to,
    Subject: message.subject,
    Label: message.subject,
    CorrelationId: message.correlationId,
    ApplicationProperties: message.applicationProperties ?? {},
    UserProperties: message.applicationProperties ?? {},
    SessionId: message.sessionId,
    ReplyToSessionId: message.replyToSessionId,
    PartitionKey: message.partitionKey,
  };
  const metadata: Record<string, TypedData> = {};
  for (const [name, value] of Object.entries(values)) {
    const data = typed(value);
    if (data) metadata[name] = data;
  }
  return metadata;
}
