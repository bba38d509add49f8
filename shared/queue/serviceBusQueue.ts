/** The journal package queue on Azure Service Bus, or on a local broker that speaks its protocol. */
import type {
  ServiceBusClient,
  ServiceBusMessage,
  ServiceBusMessageBatch,
  ServiceBusSender,
} from '@azure/service-bus';
import { withDeadline } from '../runtime/deadline.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Clock, Entropy } from '../runtime/ports.ts';
import { JOURNAL_PACKAGE_QUEUE } from './journalPackageQueue.ts';
import type { JournalPackageMessage, JournalPackageQueue } from './journalPackageQueue.ts';

const DEPENDENCY = 'Service Bus';
/** Milliseconds for one call of `send`, connecting included. */
const SEND_DEADLINE_MS = 10_000;
/** Two tries fit into the deadline; the client's default pause between them, 30 seconds, would not. */
const RETRY = { maxRetries: 1, retryDelayInMs: 500, timeoutInMs: 4_000 };
/** The client's `close` never ends when the other side is gone. */
const CLOSE_DEADLINE_MS = 1_000;

export interface ServiceBusQueue extends JournalPackageQueue {
  /** Whether the queue is there and takes messages from us; sends none. @throws DependencyError when not */
  reach(): Promise<void>;
  /** Ends the connection. */
  close(): Promise<void>;
}

export interface ServiceBusQueueOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** Makes the client; called at the first send. */
  readonly connect: (options: { retryOptions: typeof RETRY }) => Promise<ServiceBusClient>;
  /** Milliseconds; 10,000 when absent. */
  readonly sendDeadlineMs?: number;
}

export function serviceBusQueue(options: ServiceBusQueueOptions): ServiceBusQueue {
  const { clock, entropy, connect, sendDeadlineMs = SEND_DEADLINE_MS } = options;
  let connected: Promise<{ client: ServiceBusClient; sender: ServiceBusSender }> | undefined;

  const connection = () => {
    connected ??= connect({ retryOptions: RETRY }).then((client) => ({
      client,
      sender: client.createSender(JOURNAL_PACKAGE_QUEUE),
    }));
    return connected;
  };
  /** Forgets a connection that has failed; whatever hangs in it must not hold up the next send. */
  const disconnect = async (): Promise<void> => {
    const last = connected;
    connected = undefined;
    if (!last) return;
    const close = async () => (await last).client.close();
    const gone = () => new Error('the other side does not answer');
    await withDeadline(clock, CLOSE_DEADLINE_MS, close, gone).catch(() => undefined);
  };

  return {
    async send(messages, notBefore) {
      if (messages.length === 0) return;
      const outgoing = messages.map((message) => toServiceBus(message, entropy.uuid(), notBefore));
      const expired = () => new Error(`no answer within ${sendDeadlineMs} ms`);
      try {
        await withDeadline(
          clock,
          sendDeadlineMs,
          async (abortSignal) => sendAll((await connection()).sender, outgoing, abortSignal),
          expired,
        );
      } catch (error) {
        void disconnect();
        throw new DependencyError(
          DEPENDENCY,
          `queue ${JOURNAL_PACKAGE_QUEUE} did not take ${messages.length} message(s): ${reasonOf(error)}`,
          { cause: error },
        );
      }
    },
    async reach() {
      const expired = () => new Error(`no answer within ${sendDeadlineMs} ms`);
      try {
        await withDeadline(
          clock,
          sendDeadlineMs,
          // A link to the queue is opened to learn how large its messages may be.
          async (abortSignal) => (await connection()).sender.createMessageBatch({ abortSignal }),
          expired,
        );
      } catch (error) {
        void disconnect();
        throw new DependencyError(
          DEPENDENCY,
          `queue ${JOURNAL_PACKAGE_QUEUE} cannot be reached: ${reasonOf(error)}; create it, and let this app send to it`,
          { cause: error },
        );
      }
    },
    close: disconnect,
  };
}

/** What went wrong, in words; of several tries, the last one's. */
function reasonOf(error: unknown): string {
  const last = error instanceof AggregateError ? (error.errors.at(-1) as unknown) : error;
  return last instanceof Error ? last.message : String(last);
}

/** A message id of its own for every send: the queue's duplicate detection must never drop a package that is sent again. */
function toServiceBus(
  message: JournalPackageMessage,
  unique: string,
  notBefore: number | undefined,
): ServiceBusMessage {
  const { environmentId, organizationKey, run } = message;
  const messageId = `${environmentId}~${organizationKey}~${run}~${message.package}~${unique}`;
  return {
    body: message,
    contentType: 'application/json',
    // At most 128 characters are possible; what makes it unique stands at its end.
    messageId: messageId.slice(-128),
    ...(notBefore !== undefined && { scheduledEnqueueTimeUtc: new Date(notBefore) }),
  };
}

async function sendAll(
  sender: ServiceBusSender,
  messages: readonly ServiceBusMessage[],
  abortSignal: AbortSignal,
): Promise<void> {
  let batch: ServiceBusMessageBatch | undefined;
  for (const message of messages) {
    batch ??= await sender.createMessageBatch({ abortSignal });
    if (batch.tryAddMessage(message)) continue;
    await sender.sendMessages(batch, { abortSignal });
    batch = await sender.createMessageBatch({ abortSignal });
    if (!batch.tryAddMessage(message)) throw new Error(`message ${String(message.messageId)} is too large`);
  }
  if (batch) await sender.sendMessages(batch, { abortSignal });
}
