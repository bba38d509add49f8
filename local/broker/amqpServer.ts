import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import rhea from 'rhea';
import type { Connection, EventContext } from 'rhea';
import { ClientConnection, type EntitySource } from './clientConnection.ts';
import { endConnection, socketOf } from './rheaInternals.ts';

const HOST = '127.0.0.1';
/** Larger frames mean fewer of them for large messages; clients answer with their own limit. */
const MAX_FRAME_SIZE = 1024 * 1024;
/** Deliveries a session may hold: one that stays unsettled blocks the ring at its head. Clients of rhea hold 2,048. */
const OUTGOING_RING = 8192;
const INCOMING_RING = 2048;

export interface AmqpServer {
  readonly port: number;
  /** Cuts every connection, without a word. */
  dropConnections(): void;
  close(): Promise<void>;
}

/** Serves AMQP 1.0 on the loopback interface. @throws when the port is taken */
export async function listenAmqp(port: number, broker: EntitySource): Promise<AmqpServer> {
  const container = rhea.create_container({ id: 'service-bus-broker' });
  const mechanisms = container.sasl_server_mechanisms as Record<string, unknown> & {
    enable_anonymous(): void;
  };
  mechanisms.enable_anonymous();
  // What .NET clients of Service Bus ask for; it carries no credentials either, they come to $cbs.
  mechanisms['MSSBCBS'] = mechanisms['ANONYMOUS'];

  const clients = new Map<Connection, ClientConnection>();
  const closeClient = ({ connection }: EventContext): void => {
    clients.get(connection)?.close();
    clients.delete(connection);
  };
  container.on('connection_open', ({ connection }: EventContext) => {
    clients.set(connection, new ClientConnection(connection, broker));
    socketOf(connection).once('close', () => endConnection(connection));
  });
  container.on('connection_close', closeClient);
  container.on('disconnected', closeClient);
  container.on('session_open', ({ connection, session }: EventContext) => {
    if (session) clients.get(connection)?.openSession(session);
  });
  container.on('session_close', ({ connection, session }: EventContext) => {
    if (session) clients.get(connection)?.closeSession(session);
  });
  container.on('sender_open', ({ connection, sender }: EventContext) => {
    if (sender) clients.get(connection)?.openOutgoing(sender);
  });
  container.on('sender_close', ({ connection, sender }: EventContext) => {
    if (sender) clients.get(connection)?.closeOutgoing(sender);
  });
  container.on('receiver_open', ({ connection, receiver }: EventContext) => {
    if (receiver) clients.get(connection)?.openIncoming(receiver);
  });
  // What a client does wrong ends its connection, nothing more; rhea throws or prints what nobody listens to.
  for (const event of [
    'protocol_error',
    'connection_error',
    'session_error',
    'sender_error',
    'receiver_error',
  ]) {
    container.on(event, () => undefined);
  }
  // Whatever is thrown while a frame is handled ends up here, a mistake of this broker too: it must be seen.
  container.on('error', (error: unknown) => console.error('The Service Bus broker failed:', error));

  const server = container.listen({
    host: HOST,
    port,
    max_frame_size: MAX_FRAME_SIZE,
    session_buffer_size: { incoming: INCOMING_RING, outgoing: OUTGOING_RING },
    receiver_options: { autoaccept: false, autosettle: false, credit_window: 0 },
    sender_options: { autosettle: false, treat_modified_as_released: false },
    tcp_no_delay: true,
  } as Parameters<typeof container.listen>[0]);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await once(server, 'listening');

  const dropConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    dropConnections,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      dropConnections();
      await closed;
    },
  };
}
