/** Requests and replies over a pair of links, as `$cbs` and `$management` are used. */
import type { EventContext, Receiver, Sender } from 'rhea';
import { decode, described, encodeInt, encodeMap, encodeString, encodeSymbol, NULL } from './amqpValue.ts';
import {
  AMQP_VALUE,
  bodyValue,
  decodeMessage,
  encodeMessage,
  field,
  type EncodedMap,
} from './messageCodec.ts';
import { setAttach, settle } from './rheaInternals.ts';

export interface Request {
  readonly properties: EncodedMap;
  /** The AMQP value of the body, encoded. */
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly description: string;
  /** AMQP error condition, when the status is not a success. */
  readonly condition?: string;
  /** Encoded entries of the body. */
  readonly body?: EncodedMap;
}

/** The names of the status properties differ from node to node. */
export interface StatusNames {
  readonly status: string;
  readonly description: string;
}

const CREDIT = 200;
/** Replies are sent settled: nobody would act on their loss. */
const SETTLED = 1;

/** Opens the link on which replies go out. */
export function openReplyLink(sender: Sender): void {
  sender.set_source({ address: sender.source.address });
  if (sender.target?.address) sender.set_target({ address: sender.target.address });
  setAttach(sender, { snd_settle_mode: SETTLED });
}

/** Opens the link on which requests come in; `replyLink` finds the link that a reply is asked to go to. */
export function openRequestLink(
  receiver: Receiver,
  names: StatusNames,
  replyLink: (replyTo: string) => Sender | undefined,
  respond: (request: Request) => Reply,
): void {
  receiver.set_target({ address: receiver.target.address ?? '' });
  if (receiver.source?.address) receiver.set_source({ address: receiver.source.address });
  receiver.add_credit(CREDIT);
  receiver.on('message', ({ delivery, message }: EventContext) => {
    if (!delivery) return;
    receiver.add_credit(1);
    const { properties, applicationProperties, body } = parseRequest(message as unknown as Buffer);
    settle(delivery, 'accepted');
    const replyTo = field(properties, 4);
    const reply = typeof replyTo === 'string' ? replyLink(replyTo) : undefined;
    if (!reply) return;
    const answer = respond({ properties: applicationProperties, body });
    const encoded = encodeReply(answer, names, properties[0] ?? NULL);
    // Not before the answer to the attach of the reply link, which may have come together with the request.
    process.nextTick(() => reply.send(encoded, undefined, 0));
  });
}

function parseRequest(bytes: Buffer) {
  const content = decodeMessage(Buffer.from(bytes));
  return { ...content, body: bodyValue(content) ?? NULL };
}

function encodeReply(reply: Reply, names: StatusNames, correlationId: Buffer): Buffer {
  const applicationProperties = new Map([
    [names.status, encodeInt(reply.status)],
    [names.description, encodeString(reply.description)],
  ]);
  if (reply.condition !== undefined)
    applicationProperties.set('errorCondition', encodeSymbol(reply.condition));
  return encodeMessage({
    header: [],
    annotations: new Map(),
    properties: [NULL, NULL, NULL, NULL, NULL, correlationId],
    applicationProperties,
    body: described(AMQP_VALUE, encodeMap(reply.body ?? new Map())),
  });
}

/** A string property of a request; undefined when it is absent or of another type. */
export function textProperty(properties: EncodedMap, name: string): string | undefined {
  const encoded = properties.get(name);
  const value = encoded && decode(encoded);
  return typeof value === 'string' ? value : undefined;
}
