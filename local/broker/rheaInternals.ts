/**
 * Everything that reaches behind the public interface of rhea 3.0.5, in one place: as a client library it leaves out
 * some of what a server needs. package.json pins the version exactly; look here first when it changes.
 */
import type { Socket } from 'node:net';
import rhea from 'rhea';
import type { Connection, Delivery, Receiver, Sender, Session } from 'rhea';
import type { TypedValue } from './amqpValue.ts';

/** Message format of a Service Bus batch. */
export const BATCH_FORMAT = 0x8001_3700;
/** Any format that rhea does not decode by itself. */
const UNDECODED_FORMAT = 1;

/** A disposition state; `value` holds its fields, undecoded. */
export interface DeliveryState {
  readonly value: readonly (TypedValue | undefined)[];
}

interface Outgoing {
  readonly next_delivery_id: number;
  readonly next_pending_delivery: number;
  available(): number;
  transfer_window(): number;
}
interface SessionInternals {
  readonly outgoing: Outgoing;
  on_transfer(frame: { performative: { message_format: number | null | undefined } }): void;
  on_flow(frame: { performative: { handle: number | null | undefined } }): void;
}
interface SenderInternals {
  credit: number;
  delivery_count: number;
  readonly _draining: boolean;
  _get_drain(): boolean;
}
interface LinkInternals {
  readonly local: { readonly attach: Record<string, unknown> };
}
interface ConnectionInternals {
  readonly socket: Socket;
  _disconnected(): void;
  _write_frame(): void;
}
type MakeState = (fields?: object) => { described(): unknown };

const internalsOf = (session: Session): SessionInternals => session as unknown as SessionInternals;
const makeState = rhea.message as unknown as Record<
  'accepted' | 'released' | 'modified' | 'rejected',
  MakeState
>;

/** The socket of a connection. */
export function socketOf(connection: Connection): Socket {
  return (connection as unknown as ConnectionInternals).socket;
}

/** Ends a connection whose socket closed without `end` or `error`, which rhea does not notice; stops its heartbeat. */
export function endConnection(connection: Connection): void {
  (connection as unknown as ConnectionInternals)._disconnected();
}

/**
 * Makes a session deliver messages undecoded, since decoding would lose their types, and calls `onFlow` when the
 * client's window may have opened. Each flow is answered with an empty frame: clients leave Nagle's algorithm on, and
 * their next small write would wait 40 ms for an acknowledgement.
 */
export function adaptSession(session: Session, onFlow: () => void): void {
  const internals = internalsOf(session);
  const onTransfer = internals.on_transfer.bind(session);
  internals.on_transfer = (frame) => {
    if (frame.performative.message_format === 0) frame.performative.message_format = UNDECODED_FORMAT;
    onTransfer(frame);
  };
  const originalOnFlow = internals.on_flow.bind(session);
  internals.on_flow = (frame) => {
    originalOnFlow(frame);
    onFlow();
    const { handle } = frame.performative;
    if (handle !== null && handle !== undefined) {
      (session.connection as unknown as ConnectionInternals)._write_frame();
    }
  };
}

/** Makes a sender answer every drain request: rhea stays silent when the credit has just run out by itself. */
export function adaptSender(sender: Sender): void {
  const internals = sender as unknown as SenderInternals;
  internals._get_drain = () => {
    if (!internals._draining) return false;
    internals.delivery_count += internals.credit;
    internals.credit = 0;
    return true;
  };
}

/** Sets fields of the attach frame that answers the client's; only before it is written, i.e. in the open event. */
export function setAttach(link: Sender | Receiver, fields: Record<string, unknown>): void {
  Object.assign((link as unknown as LinkInternals).local.attach, fields);
}

/**
 * How many more messages can be written at once on a link. rhea counts credit down only when it writes, so
 * `unwritten`, the ids of deliveries handed to rhea before, is subtracted; those that are written are taken out of it.
 */
export function sendingRoom(sender: Sender, unwritten: number[]): number {
  if (!sender.is_open()) return 0;
  const { outgoing } = internalsOf(sender.session);
  while (unwritten[0] !== undefined && unwritten[0] < outgoing.next_pending_delivery) unwritten.shift();
  const pending = outgoing.next_delivery_id - outgoing.next_pending_delivery;
  return Math.min(
    (sender as unknown as SenderInternals).credit - unwritten.length,
    outgoing.available(),
    outgoing.transfer_window() - pending,
  );
}

/** The outcome that the other side set on a delivery; undefined when it settled without one. */
export function remoteState(delivery: Delivery): DeliveryState | undefined {
  return delivery.remote_state as DeliveryState | undefined;
}

/**
 * Settles a delivery with an outcome, and counts it as settled by the other side too: clients in settle mode "second"
 * never say so, and rhea would keep the delivery in its ring for ever.
 */
export function settle(
  delivery: Delivery,
  outcome: 'accepted' | 'released' | 'modified' | 'rejected',
  error?: { condition: string; description: string },
): void {
  // rhea joins neighbouring dispositions into one without comparing the first two outcomes, so that a rejection would
  // reach the client as an acceptance. It does not join those whose `settled` differs: any truthy value is "settled"
  // (and `autosettle` must be off, which would make it `true` again).
  const settled = outcome === 'accepted' ? true : ({} as unknown as boolean);
  delivery.update(settled, makeState[outcome](error ? { error } : {}).described());
  (delivery as { remote_settled: boolean }).remote_settled = true;
}
