/**
 * The sections of an AMQP 1.0 message (OASIS AMQP 1.0, part 3 "Messaging", 3.2), taken apart only as far as a broker
 * must change them. Everything else is handed on byte for byte.
 */
import {
  decode,
  described,
  elements,
  encodeList,
  encodeMap,
  encodeString,
  encodeSymbol,
  MalformedAmqpError,
  mapEntries,
  NULL,
  valueEnd,
} from './amqpValue.ts';

const HEADER = 0x70;
const DELIVERY_ANNOTATIONS = 0x71;
const MESSAGE_ANNOTATIONS = 0x72;
const PROPERTIES = 0x73;
const APPLICATION_PROPERTIES = 0x74;
const DATA = 0x75;
export const AMQP_VALUE = 0x77;

/** Values by name, each still encoded. */
export type EncodedMap = ReadonlyMap<string, Buffer>;

export interface MessageContent {
  /** Encoded fields: durable, priority, ttl, first-acquirer, delivery-count. */
  readonly header: readonly Buffer[];
  readonly annotations: EncodedMap;
  /** Encoded fields: message-id first, reply-to the fifth, correlation-id the sixth. */
  readonly properties: readonly Buffer[];
  readonly applicationProperties: EncodedMap;
  /** The body sections and the footer, encoded. */
  readonly body: Buffer;
}

interface Section {
  readonly descriptor: number;
  readonly value: Buffer;
  readonly whole: Buffer;
}

function* sections(message: Buffer): Generator<Section> {
  for (let at = 0; at < message.length;) {
    if (message[at] !== 0x00)
      throw new MalformedAmqpError(`byte ${at} of the message does not start a section`);
    const value = valueEnd(message, at + 1);
    const end = valueEnd(message, value);
    const descriptor = Number(decode(message.subarray(at + 1, value)));
    yield { descriptor, value: message.subarray(value, end), whole: message.subarray(at, end) };
    at = end;
  }
}

/** Takes one message apart; the slices share memory with `message`. @throws MalformedAmqpError */
export function decodeMessage(message: Buffer): MessageContent {
  let header: readonly Buffer[] = [];
  let annotations: EncodedMap = new Map();
  let properties: readonly Buffer[] = [];
  let applicationProperties: EncodedMap = new Map();
  const body: Buffer[] = [];
  for (const section of sections(message)) {
    if (section.descriptor === HEADER) header = elements(section.value);
    else if (section.descriptor === MESSAGE_ANNOTATIONS) annotations = mapEntries(section.value);
    else if (section.descriptor === PROPERTIES) properties = elements(section.value);
    else if (section.descriptor === APPLICATION_PROPERTIES) applicationProperties = mapEntries(section.value);
    // Delivery annotations are for the next hop only: they end here.
    else if (section.descriptor !== DELIVERY_ANNOTATIONS) body.push(section.whole);
  }
  const [only] = body;
  return {
    header,
    annotations,
    properties,
    applicationProperties,
    body: body.length === 1 && only ? only : Buffer.concat(body),
  };
}

/** The messages of a Service Bus batch: an envelope with one data section per encoded message. @throws MalformedAmqpError */
export function decodeBatch(envelope: Buffer): MessageContent[] {
  const messages: MessageContent[] = [];
  for (const section of sections(envelope)) {
    // Copied, so that one message that stays in the queue does not keep the whole batch in memory.
    if (section.descriptor === DATA) {
      messages.push(decodeMessage(Buffer.from(decode(section.value) as Buffer)));
    }
  }
  return messages;
}

/** Puts a message together. */
export function encodeMessage(content: MessageContent): Buffer {
  const parts: Buffer[] = [];
  if (content.header.length > 0) parts.push(described(HEADER, encodeList(content.header)));
  if (content.annotations.size > 0) {
    parts.push(described(MESSAGE_ANNOTATIONS, encodeMap(content.annotations, encodeSymbol)));
  }
  if (content.properties.length > 0) parts.push(described(PROPERTIES, encodeList(content.properties)));
  if (content.applicationProperties.size > 0) {
    parts.push(described(APPLICATION_PROPERTIES, encodeMap(content.applicationProperties, encodeString)));
  }
  parts.push(content.body);
  return Buffer.concat(parts);
}

/** The same message with these application properties added or replaced. */
export function withApplicationProperties(content: MessageContent, changes: EncodedMap): MessageContent {
  if (changes.size === 0) return content;
  return { ...content, applicationProperties: new Map([...content.applicationProperties, ...changes]) };
}

/** The entries of an encoded map that have a value; none for an encoded null. @throws MalformedAmqpError */
export function nonNullEntries(map: Buffer): EncodedMap {
  if (map[0] === NULL[0]) return new Map();
  return new Map(Array.from(mapEntries(map)).filter(([, value]) => value[0] !== NULL[0]));
}

/** A field of the header or the properties, decoded; undefined when it is absent or null. */
export function field(fields: readonly Buffer[], index: number): unknown {
  const encoded = fields[index];
  return encoded === undefined || encoded[0] === NULL[0] ? undefined : decode(encoded);
}

/** The value of an AMQP-value body, still encoded; undefined for another kind of body. */
export function bodyValue(content: MessageContent): Buffer | undefined {
  for (const section of sections(content.body)) {
    if (section.descriptor === AMQP_VALUE) return section.value;
  }
  return undefined;
}
