import type { Delivery, EventContext, Sender } from 'rhea';
import { decode, elements, encodeString, encodeTyped, NULL, undescribed } from './amqpValue.ts';
import { encodeDelivery } from './brokeredMessage.ts';
import { deliveryTag, lockTokenOf } from './lockToken.ts';
import { nonNullEntries, type EncodedMap } from './messageCodec.ts';
import type { Consumer, QueueEntity } from './queueEntity.ts';
import type { Outcome, QueuedMessage, ReceiveMode } from './queuedMessage.ts';
import { adaptSender, remoteState, sendingRoom, setAttach, settle } from './rheaInternals.ts';

/** Sender settle mode "settled": the client asks for receive-and-delete. */
const SETTLED = 1;
type WireOutcome = 'accepted' | 'released' | 'modified' | 'rejected';

/** A client's receiver: hands out messages of a queue as the client's credit allows, and takes its dispositions. */
export class ConsumerLink implements Consumer {
  readonly mode: ReceiveMode;
  readonly sender: Sender;
  readonly entity: QueueEntity;
  readonly #unwritten: number[] = [];
  #closed = false;

  constructor(sender: Sender, entity: QueueEntity) {
    this.sender = sender;
    this.entity = entity;
    this.mode = sender.snd_settle_mode === SETTLED ? 'receiveAndDelete' : 'peekLock';
    sender.set_source({ address: sender.source.address });
    if (sender.target?.address) sender.set_target({ address: sender.target.address });
    setAttach(sender, { snd_settle_mode: sender.snd_settle_mode, rcv_settle_mode: sender.rcv_settle_mode });
    adaptSender(sender);
    sender.on('sender_flow', () => entity.wake());
    sender.on('sender_draining', () => sender.set_drained(true));
    for (const outcome of ['accepted', 'released', 'modified', 'rejected'] as const) {
      sender.on(outcome, ({ delivery }: EventContext) => {
        if (delivery) this.#onDisposition(delivery, outcome);
      });
    }
    sender.on('settled', ({ delivery }: EventContext) => {
      if (delivery && !remoteState(delivery)) this.#onDisposition(delivery, 'released');
    });
    // Not before the answer to the attach is written: rhea would write messages ahead of it.
    process.nextTick(() => {
      if (!this.#closed) entity.addConsumer(this);
    });
  }

  ready(): boolean {
    return sendingRoom(this.sender, this.#unwritten) > 0;
  }

  deliver(message: QueuedMessage): void {
    const tag = message.lock ? deliveryTag(message.lock.token) : Buffer.alloc(0);
    const delivery = this.sender.send(encodeDelivery(message), tag, 0);
    this.#unwritten.push(delivery.id);
  }

  close(): void {
    this.#closed = true;
    this.entity.removeConsumer(this);
  }

  #onDisposition(delivery: Delivery, wire: WireOutcome): void {
    if (delivery.settled || this.mode === 'receiveAndDelete') return;
    const token = lockTokenOf(delivery.tag as Buffer);
    const outcome = outcomeOf(delivery, wire);
    if (this.entity.run((state, now) => state.settle(token, outcome, now))) {
      // A rejection is confirmed without its error: the client would take an error for a failure to dead-letter.
      settle(delivery, wire);
    } else {
      settle(delivery, 'rejected', {
        condition: 'com.microsoft:message-lock-lost',
        description: `The lock supplied (${token}) is invalid: it has expired, or the message has been settled.`,
      });
    }
  }
}

/** The meaning of a disposition (https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide). */
function outcomeOf(delivery: Delivery, wire: WireOutcome): Outcome {
  const fields = remoteState(delivery)?.value ?? [];
  switch (wire) {
    case 'accepted':
      return { kind: 'completed' };
    case 'released':
      return { kind: 'released' };
    case 'modified': {
      const [, undeliverableHere, annotations] = fields;
      return {
        kind: undeliverableHere?.value ? 'deferred' : 'abandoned',
        properties: annotations ? nonNullEntries(encodeTyped(annotations)) : new Map(),
      };
    }
    case 'rejected': {
      const [error] = fields;
      return {
        kind: 'deadLettered',
        properties: error ? rejectionProperties(encodeTyped(error)) : new Map(),
      };
    }
  }
}

/** Of an error (condition, description, info): the reason stands in info, or is the condition itself. */
function rejectionProperties(error: Buffer): EncodedMap {
  const [condition = NULL, description = NULL, info = NULL] = elements(undescribed(error));
  const properties = new Map(nonNullEntries(info));
  const name = String(decode(condition));
  if (name !== 'com.microsoft:dead-letter' && !properties.has('DeadLetterReason')) {
    properties.set('DeadLetterReason', encodeString(name));
    if (description[0] !== NULL[0]) properties.set('DeadLetterErrorDescription', description);
  }
  return properties;
}
