import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineRecordIdFromText, lineRecordIdText, lineRecordId } from './lineRecordId.ts';

describe('the line record id', () => {
  test('stays what it is: it is the event id that Inventory Visibility remembers', () => {
    expect(lineRecordIdText(lineRecordId('ENV', 'USMF', 'A-1'))).toBe('86a28642-46d8-8057-8ad3-0648b16c4629');
  });

  test('is a UUID of version 8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (id) => {
        expect(lineRecordIdText(lineRecordId('ENV', 'USMF', id))).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });

  test('tells environments, legal entities and ids apart', () => {
    const ids = [
      lineRecordId('E', 'U', 'x'),
      lineRecordId('E', 'UX', ''),
      lineRecordId('EU', '', 'x'),
      lineRecordId('E', 'U', 'X'),
      lineRecordId('E', 'V', 'x'),
      lineRecordId('E', 'U', '~x'),
    ].map(lineRecordIdText);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('text and bytes are each other’s inverse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(lineRecordIdFromText(lineRecordIdText(bytes))).toEqual(bytes);
        expect(lineRecordIdFromText(lineRecordIdText(bytes).toUpperCase())).toEqual(bytes);
      }),
    );
  });

  test.each(['', 'x', '00000000000000000000000000000000', '{00000000-0000-0000-0000-000000000000}'])(
    '%j is no GUID',
    (text) => {
      expect(lineRecordIdFromText(text)).toBeUndefined();
    },
  );
});
