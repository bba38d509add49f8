import rhea from 'rhea';
import { describe, expect, test } from 'vitest';
import { encodeString, MalformedAmqpError } from './amqpValue.ts';
import { decodeMessage, encodeMessage, withApplicationProperties } from './messageCodec.ts';

const { types } = rhea;

/** Exercises every kind of type constructor, and a string beyond 255 bytes. */
const message = rhea.message.encode({
  durable: true,
  ttl: 60_000,
  delivery_annotations: { hop: 1 },
  message_annotations: {
    'x-opt-symbol': types.wrap_symbol('symbol'),
    'x-opt-array': types.wrap_array([1, 2], 0x71, undefined),
  },
  message_id: 'id',
  correlation_id: Buffer.alloc(16, 7),
  application_properties: {
    int: types.wrap_int(5),
    long: types.wrap_long(5),
    bigLong: types.wrap_long(Buffer.from('7fffffffffffffff', 'hex')),
    uint: types.wrap_uint(300),
    short: types.wrap_short(-3),
    ubyte: types.wrap_ubyte(255),
    double: types.wrap_double(5),
    float: types.wrap_float(0.5),
    flag: types.wrap_boolean(true),
    when: types.wrap_timestamp(0),
    char: types.wrap_char(0x1f600),
    uuid: types.wrap_uuid(Buffer.alloc(16, 1)),
    text: 'é'.repeat(200),
    none: null,
  },
  body: rhea.message.data_sections([Buffer.from('one'), Buffer.alloc(300, 2)]) as unknown,
  footer: { check: 1 },
});

describe('a message', () => {
  test('keeps the bytes of every value, and with them its type', () => {
    const content = decodeMessage(message);
    const again = decodeMessage(encodeMessage(content));
    expect(again).toEqual(content);
    expect(content.applicationProperties.get('int')).toEqual(Buffer.from([0x54, 5]));
    expect(content.applicationProperties.get('long')).toEqual(Buffer.from([0x55, 5]));
    expect(content.applicationProperties.get('double')?.[0]).toBe(0x82);
    expect(content.applicationProperties.get('uuid')?.[0]).toBe(0x98);
    expect(content.annotations.get('x-opt-symbol')?.[0]).toBe(0xa3);
    expect(content.properties[5]?.[0]).toBe(0x98);
    expect(content.header[2]).toEqual(Buffer.from([0x70, 0, 0, 0xea, 0x60]));
  });

  test('is read by another AMQP library as the same message, less what was for one hop only', () => {
    const original = { ...rhea.message.decode(message) };
    delete original['delivery_annotations'];
    expect({ ...rhea.message.decode(encodeMessage(decodeMessage(message))) }).toEqual(original);
  });

  test('takes further application properties and keeps the others', () => {
    const changed = withApplicationProperties(
      decodeMessage(message),
      new Map([['int', encodeString('now text')]]),
    );
    expect(rhea.message.decode(encodeMessage(changed))['application_properties']).toMatchObject({
      int: 'now text',
      uint: 300,
    });
  });

  test('that is cut off anywhere within a section is refused', () => {
    const ends = new Set([message.length]);
    let accepted = 0;
    for (let length = 1; length < message.length; length += 1) {
      try {
        decodeMessage(message.subarray(0, length));
        accepted += 1;
        ends.add(length);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedAmqpError);
      }
    }
    // Cut exactly between two of its eight sections it is a shorter, well-formed message.
    expect(accepted).toBe(7);
  });

  test('of bytes that are no AMQP is refused', () => {
    expect(() => decodeMessage(Buffer.from('GET / HTTP/1.1'))).toThrow(MalformedAmqpError);
    expect(() => decodeMessage(Buffer.from([0x00, 0x53, 0x70, 0x0f]))).toThrow(
      /0xf at byte 3 is no AMQP type/,
    );
  });
});
