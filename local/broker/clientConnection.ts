import type { Connection, Receiver, Sender, Session } from 'rhea';
import { CBS_STATUS, respondToToken } from './cbs.ts';
import { ConsumerLink } from './consumerLink.ts';
import { DEAD_LETTER, parseAddress } from './entityAddress.ts';
import { MANAGEMENT_STATUS, respondToManagement } from './management.ts';
import { openProducerLink } from './producerLink.ts';
import type { QueueEntity } from './queueEntity.ts';
import {
  openReplyLink,
  openRequestLink,
  type Reply,
  type Request,
  type StatusNames,
} from './requestReply.ts';
import { adaptSession } from './rheaInternals.ts';

/** What a connection needs of the broker. */
export interface EntitySource {
  /** By path in lower case, dead-letter queues included. */
  entity(path: string): QueueEntity | undefined;
  /** The key that tokens must be signed with; undefined: any token will do. */
  readonly sharedAccessKey: string | undefined;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

type Refusal = { condition: string; description: string };

/** One client's connection: says what each link that the client attaches is connected to. */
export class ClientConnection {
  readonly #connection: Connection;
  readonly #broker: EntitySource;
  readonly #consumers = new Map<Sender, ConsumerLink>();
  readonly #replyLinks = new Set<Sender>();
  #authorized: boolean;

  constructor(connection: Connection, broker: EntitySource) {
    this.#connection = connection;
    this.#broker = broker;
    this.#authorized = broker.sharedAccessKey === undefined;
  }

  openSession(session: Session): void {
    adaptSession(session, () => {
      for (const consumer of this.#consumers.values()) {
        if (consumer.sender.session === session) consumer.entity.wake();
      }
    });
  }

  /** The client attaches a receiver. */
  openOutgoing(sender: Sender): void {
    const address = parseAddress(sender.source?.address ?? '');
    if (address.node === 'cbs') {
      this.#openReplies(sender);
      return;
    }
    const entity = this.#entityOf(sender, address.path);
    if (!entity) return;
    if (address.node === 'management') this.#openReplies(sender);
    else if ('com.microsoft:session-filter' in (sender.source.filter ?? {})) {
      refuse(sender, notAllowed('This broker has no sessions; receive from the queue without one.'));
    } else this.#consumers.set(sender, new ConsumerLink(sender, entity));
  }

  /** The client attaches a sender. */
  openIncoming(receiver: Receiver): void {
    const address = parseAddress(receiver.target?.address ?? '');
    if (address.node === 'cbs') {
      this.#openRequests(receiver, CBS_STATUS, (request) => this.#putToken(request));
      return;
    }
    const entity = this.#entityOf(receiver, address.path);
    if (!entity) return;
    if (address.node === 'management') {
      this.#openRequests(receiver, MANAGEMENT_STATUS, (request) => respondToManagement(request, entity));
    } else if (address.deadLetter) {
      refuse(receiver, notAllowed(`Nothing can be sent to the dead-letter queue "${entity.path}".`));
    } else openProducerLink(receiver, entity);
  }

  closeOutgoing(sender: Sender): void {
    this.#consumers.get(sender)?.close();
    this.#consumers.delete(sender);
    this.#replyLinks.delete(sender);
  }

  closeSession(session: Session): void {
    for (const sender of [...this.#consumers.keys(), ...this.#replyLinks]) {
      if (sender.session === session) this.closeOutgoing(sender);
    }
  }

  /** The client is gone: nothing is handed out to it any more. What it has locked stays locked. */
  close(): void {
    for (const consumer of this.#consumers.values()) consumer.close();
    this.#consumers.clear();
    this.#replyLinks.clear();
  }

  #openReplies(sender: Sender): void {
    openReplyLink(sender);
    this.#replyLinks.add(sender);
  }

  #openRequests(receiver: Receiver, names: StatusNames, respond: (request: Request) => Reply): void {
    const replyLink = (replyTo: string): Sender | undefined => {
      for (const sender of this.#replyLinks) {
        if (sender.target?.address === replyTo || sender.name === replyTo) return sender;
      }
      return undefined;
    };
    openRequestLink(receiver, names, replyLink, respond);
  }

  #putToken(request: Request): Reply {
    const reply = respondToToken(request, this.#broker.sharedAccessKey, this.#broker.now());
    if (reply.status < 300) this.#authorized = true;
    return reply;
  }

  #entityOf(link: Sender | Receiver, path: string): QueueEntity | undefined {
    if (!this.#authorized) {
      const description = 'No valid token has been put to $cbs on this connection.';
      refuse(link, { condition: 'amqp:unauthorized-access', description });
      return undefined;
    }
    const entity = this.#broker.entity(path);
    if (!entity) {
      // The SDK recognizes the missing queue by this wording.
      const host = this.#connection.hostname ?? '127.0.0.1';
      const description = `The messaging entity 'sb://${host}/${path}' could not be found.`;
      refuse(link, { condition: 'amqp:not-found', description });
    }
    return entity;
  }
}

function notAllowed(description: string): Refusal {
  return { condition: 'amqp:not-allowed', description };
}

function refuse(link: Sender | Receiver, refusal: Refusal): void {
  link.close(refusal);
}

/** The path of a queue's dead-letter queue, in lower case. */
export function deadLetterPath(queue: string): string {
  return queue.toLowerCase() + DEAD_LETTER;
}
