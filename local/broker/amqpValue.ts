/**
 * AMQP 1.0 values as the bytes they are on the wire (OASIS AMQP 1.0, part 1 "Types"). A broker hands on most values
 * without looking at them; keeping the bytes keeps the exact types, which a decoded JavaScript number does not.
 */
import rhea from 'rhea';

/** A value with its AMQP type, as rhea decodes it. */
export interface TypedValue {
  readonly type: { readonly typecode: number };
  readonly value: unknown;
}

interface TypeSystem {
  readonly Reader: new (buffer: Buffer) => { read(): TypedValue };
  readonly Writer: new () => { write(value: TypedValue): void; toBuffer(): Buffer };
  unwrap(value: TypedValue): unknown;
}
// The typings of rhea leave out the two classes that its type module exports.
const types = rhea.types as unknown as TypeSystem;

/** The bytes are not a well-formed AMQP value. */
export class MalformedAmqpError extends Error {
  override readonly name = 'MalformedAmqpError';
}

export const NULL = Buffer.from([0x40]);

/** Offset just after the value that starts at `offset`. @throws MalformedAmqpError */
export function valueEnd(buffer: Buffer, offset: number): number {
  const code = buffer[offset];
  if (code === undefined) throw new MalformedAmqpError(`an AMQP value ends early, at byte ${offset}`);
  if (code === 0x00) return valueEnd(buffer, valueEnd(buffer, offset + 1));
  const body = offset + 1;
  const end = bodyEnd(buffer, code, body);
  if (end > buffer.length) throw new MalformedAmqpError(`an AMQP value ends early, at byte ${buffer.length}`);
  return end;
}

function bodyEnd(buffer: Buffer, code: number, body: number): number {
  switch (code >> 4) {
    case 0x4:
      return body;
    case 0x5:
    case 0x6:
    case 0x7:
    case 0x8:
    case 0x9:
      return body + 2 ** ((code >> 4) - 5);
    case 0xa:
    case 0xc:
    case 0xe:
      return body + 1 + (buffer[body] ?? Infinity);
    case 0xb:
    case 0xd:
    case 0xf:
      return body + 4 <= buffer.length ? body + 4 + buffer.readUInt32BE(body) : Infinity;
    default:
      throw new MalformedAmqpError(`0x${code.toString(16)} at byte ${body - 1} is no AMQP type`);
  }
}

/** The encoded elements of an encoded list or map (keys and values in turn). @throws MalformedAmqpError */
export function elements(compound: Buffer): Buffer[] {
  const code = compound[0];
  if (code === 0x45) return [];
  if (code !== 0xc0 && code !== 0xc1 && code !== 0xd0 && code !== 0xd1) {
    throw new MalformedAmqpError(`expected an AMQP list or map, found type 0x${(code ?? 0).toString(16)}`);
  }
  const items: Buffer[] = [];
  for (let at = code < 0xd0 ? 3 : 9; at < compound.length;) {
    const end = valueEnd(compound, at);
    items.push(compound.subarray(at, end));
    at = end;
  }
  return items;
}

/** A described value without its descriptor. @throws MalformedAmqpError */
export function undescribed(encoded: Buffer): Buffer {
  return encoded[0] === 0x00 ? encoded.subarray(valueEnd(encoded, 1)) : encoded;
}

/** The entries of an encoded map whose keys are strings or symbols. @throws MalformedAmqpError */
export function mapEntries(map: Buffer): Map<string, Buffer> {
  const items = elements(map);
  const entries = new Map<string, Buffer>();
  for (let at = 0; at + 1 < items.length; at += 2) {
    const [key, value] = [items[at], items[at + 1]];
    if (key && value) entries.set(String(decode(key)), value);
  }
  return entries;
}

/** The value as rhea maps it to JavaScript: numbers, strings, Dates, Buffers, arrays and plain objects. */
export function decode(encoded: Buffer): unknown {
  return types.unwrap(new types.Reader(encoded).read());
}

/** The bytes of a value that rhea decoded with its type. */
export function encodeTyped(value: TypedValue): Buffer {
  const writer = new types.Writer();
  writer.write(value);
  return writer.toBuffer();
}

function fixed(code: number, width: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(1 + width);
  bytes[0] = code;
  write(bytes);
  return bytes;
}

function variable(code8: number, bytes: Buffer): Buffer {
  if (bytes.length < 256) return Buffer.concat([Buffer.from([code8, bytes.length]), bytes]);
  return Buffer.concat([fixed(code8 + 0x10, 4, (head) => head.writeUInt32BE(bytes.length, 1)), bytes]);
}

function compound(code: number, items: readonly Buffer[]): Buffer {
  const size = items.reduce((sum, item) => sum + item.length, 4);
  const head = fixed(code, 8, (bytes) => {
    bytes.writeUInt32BE(size, 1);
    bytes.writeUInt32BE(items.length, 5);
  });
  return Buffer.concat([head, ...items]);
}

export const encodeUint = (value: number): Buffer => fixed(0x70, 4, (b) => b.writeUInt32BE(value, 1));
export const encodeInt = (value: number): Buffer => fixed(0x71, 4, (b) => b.writeInt32BE(value, 1));
export const encodeLong = (value: number): Buffer =>
  fixed(0x81, 8, (b) => b.writeBigInt64BE(BigInt(value), 1));
export const encodeTimestamp = (epochMs: number): Buffer =>
  fixed(0x83, 8, (b) => b.writeBigInt64BE(BigInt(epochMs), 1));
export const encodeUuid = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0x98]), bytes]);
export const encodeBinary = (bytes: Buffer): Buffer => variable(0xa0, bytes);
export const encodeString = (text: string): Buffer => variable(0xa1, Buffer.from(text, 'utf8'));
export const encodeSymbol = (text: string): Buffer => variable(0xa3, Buffer.from(text, 'ascii'));
export const encodeList = (items: readonly Buffer[]): Buffer => compound(0xd0, items);

/** A map; `encodeKey` is encodeString or encodeSymbol. */
export function encodeMap(
  entries: Iterable<readonly [string, Buffer]>,
  encodeKey: (key: string) => Buffer = encodeString,
): Buffer {
  return compound(
    0xd1,
    Array.from(entries).flatMap(([key, value]) => [encodeKey(key), value]),
  );
}

/** An array of values of one type: each element is given encoded, with its type code, which is written only once. */
export function encodeArray(typecode: number, items: readonly Buffer[]): Buffer {
  const size = items.reduce((sum, item) => sum + item.length - 1, 5);
  const head = fixed(0xf0, 9, (bytes) => {
    bytes.writeUInt32BE(size, 1);
    bytes.writeUInt32BE(items.length, 5);
    bytes[9] = typecode;
  });
  return Buffer.concat([head, ...items.map((item) => item.subarray(1))]);
}

/** A described value with a small numeric descriptor, as the sections of a message are. */
export function described(descriptor: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x00, 0x53, descriptor]), value]);
}
