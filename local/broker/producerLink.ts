import type { Delivery, EventContext, Receiver } from 'rhea';
import { toSubmission } from './brokeredMessage.ts';
import { decodeBatch, decodeMessage } from './messageCodec.ts';
import type { QueueEntity } from './queueEntity.ts';
import { BATCH_FORMAT, setAttach, settle } from './rheaInternals.ts';

/** Credit is topped up early: a client that runs out of it waits a second, then half a minute. */
const CREDIT = 2000;

/** Serves a client's sender: takes its messages into the queue and confirms or rejects each. */
export function openProducerLink(receiver: Receiver, entity: QueueEntity): void {
  receiver.set_target({ address: receiver.target.address ?? entity.path });
  if (receiver.source?.address) receiver.set_source({ address: receiver.source.address });
  setAttach(receiver, {
    // What createMessageBatch of the SDK takes as the size of a full batch.
    max_message_size: entity.maxMessageSizeBytes,
    snd_settle_mode: receiver.snd_settle_mode,
    rcv_settle_mode: receiver.rcv_settle_mode,
  });
  let credit = CREDIT;
  receiver.add_credit(CREDIT);
  receiver.on('message', ({ delivery, message }: EventContext) => {
    if (!delivery) return;
    take(entity, delivery, message as unknown as Buffer);
    credit -= 1;
    if (credit > CREDIT / 2) return;
    receiver.add_credit(CREDIT - credit);
    credit = CREDIT;
  });
}

function take(entity: QueueEntity, delivery: Delivery, bytes: Buffer): void {
  const limit = entity.maxMessageSizeBytes;
  if (bytes.length > limit) {
    settle(delivery, 'rejected', {
      condition: 'amqp:link:message-size-exceeded',
      description: `The received message (delivery-id:${delivery.id}, size:${bytes.length} bytes) exceeds the limit (${limit} bytes) currently allowed on the link.`,
    });
    return;
  }
  try {
    // Copied: the bytes are a slice of a far larger socket buffer.
    const copy = Buffer.from(bytes);
    const contents = delivery.format === BATCH_FORMAT ? decodeBatch(copy) : [decodeMessage(copy)];
    const submissions = contents.map(toSubmission);
    entity.run((state, now) => {
      for (const submission of submissions) state.enqueue(submission, now);
    });
  } catch (error) {
    settle(delivery, 'rejected', { condition: 'amqp:decode-error', description: String(error) });
    return;
  }
  settle(delivery, 'accepted');
}
