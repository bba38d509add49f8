import { encodeString } from './amqpValue.ts';
import type { EncodedMap } from './messageCodec.ts';

/**
 * The application properties in which a dead-lettered message carries why it is one
 * (https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues).
 */
export function deadLetterProperties(reason: string, description: string): EncodedMap {
  return new Map([
    ['DeadLetterReason', encodeString(reason)],
    ['DeadLetterErrorDescription', encodeString(description)],
  ]);
}
