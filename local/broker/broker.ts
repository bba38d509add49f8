import { randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/runtime/ports.ts';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { listenAmqp } from './amqpServer.ts';
import { deadLetterPath } from './clientConnection.ts';
import { QueueEntity } from './queueEntity.ts';
import { queueRules, type QueueOptions } from './queueOptions.ts';
import { QueueState } from './queueState.ts';
import type { QueueCounts } from './queuedMessage.ts';

export interface BrokerOptions {
  /** TCP port on 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number;
  /** The queues by name; there are no others. Each has a dead-letter queue. */
  readonly queues: Readonly<Record<string, QueueOptions>>;
  /** When set, clients must sign their tokens with it; otherwise any key will do. */
  readonly sharedAccessKey?: string;
  readonly clock?: Clock;
}

export interface BrokerCounts extends QueueCounts {
  /** Messages in the dead-letter queue, locked ones included. */
  readonly deadLettered: number;
}

export interface Broker {
  readonly port: number;
  /** For `new ServiceBusClient(connectionString)`. */
  readonly connectionString: string;
  /** @throws RangeError when there is no such queue. */
  counts(queue: string): BrokerCounts;
  /** Cuts every client's connection, as a network failure would. */
  dropConnections(): void;
  /** Stops listening, cuts all connections and forgets all messages. */
  close(): Promise<void>;
}

interface Queue {
  readonly main: QueueEntity;
  readonly deadLetters: QueueEntity;
}

/**
 * Starts a broker that the SDK `@azure/service-bus` can be pointed at. It keeps its messages in memory.
 * @throws RangeError for an option out of range; an error with code EADDRINUSE when the port is taken.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const clock = options.clock ?? systemClock;
  const queues = new Map<string, Queue>();
  const entities = new Map<string, QueueEntity>();
  for (const [name, queueOptions] of Object.entries(options.queues)) {
    const queue = createQueue(name, queueOptions, clock);
    queues.set(name.toLowerCase(), queue);
    entities.set(name.toLowerCase(), queue.main);
    entities.set(deadLetterPath(name), queue.deadLetters);
  }
  const server = await listenAmqp(options.port ?? 0, {
    entity: (path) => entities.get(path),
    sharedAccessKey: options.sharedAccessKey,
    now: () => clock.now(),
  });
  const key = options.sharedAccessKey ?? 'any-key-will-do';
  return {
    port: server.port,
    connectionString:
      `Endpoint=sb://127.0.0.1:${server.port};SharedAccessKeyName=RootManageSharedAccessKey;` +
      `SharedAccessKey=${key};UseDevelopmentEmulator=true`,
    counts: (name) => {
      const queue = queues.get(name.toLowerCase());
      if (!queue)
        throw new RangeError(`there is no queue "${name}"; there are: ${[...queues.keys()].join(', ')}`);
      const dead = queue.deadLetters.run((state) => state.counts());
      const deadLettered = dead.active + dead.locked + dead.deferred;
      return { ...queue.main.run((state) => state.counts()), deadLettered };
    },
    dropConnections: () => server.dropConnections(),
    close: async () => {
      await server.close();
      for (const entity of entities.values()) entity.close();
    },
  };
}

function createQueue(name: string, options: QueueOptions, clock: Clock): Queue {
  const rules = queueRules(name, options);
  const deadLetters = new QueueEntity(
    `${name}/$DeadLetterQueue`,
    rules.maxMessageSizeBytes,
    new QueueState(rules, randomUUID),
    clock,
  );
  const state = new QueueState(rules, randomUUID, (message) => {
    message.deadLetterSource = name;
    deadLetters.run((dead) => dead.adopt(message));
  });
  return { main: new QueueEntity(name, rules.maxMessageSizeBytes, state, clock), deadLetters };
}
