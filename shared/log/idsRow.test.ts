import { describe, expect, it, test } from 'vitest';
import { appendLine } from '../../test/support/logUnderTest.ts';
import { flatFingerprint } from '../adjustments/canonicalForm.ts';
import type { Row, RowProperties } from '../tables/tableStore.ts';
import {
  digestAt,
  eachHash,
  findDigest,
  idsInsert,
  type IdsRow,
  idsRowOf,
  newIdsRow,
  newRedriveIdsRow,
} from './idsRow.ts';

const LINES = ['a', 'b', 'c'].map((id) => appendLine(id));
const ROW = newIdsRow(7, 'this batch', 'the one before', LINES);
const ORIGINS = [
  { seq: 3, position: 0 },
  { seq: 4, position: 12 },
];

function stored(row: IdsRow, change: RowProperties = {}): Row {
  const insert = idsInsert(row);
  if (insert.kind !== 'insert') throw new Error('no insert');
  const properties = { ...insert.properties, ...change };
  return { partitionKey: 'p', rowKey: insert.rowKey, etag: 'e', timestamp: 0, properties };
}

describe('the ids of a batch', () => {
  it('are read back as they were written', () => {
    expect(stored(ROW).rowKey).toBe('ids~000000000007');
    expect(idsRowOf(stored(ROW))).toStrictEqual(ROW);
    expect(ROW).toMatchObject({
      seq: 7,
      batchId: 'this batch',
      previousBatchId: 'the one before',
      lineCount: 3,
    });
  });

  it('are found by their whole digest, with their place and whether the content is the same', () => {
    for (const [position, line] of LINES.entries())
      expect(findDigest(ROW, line)).toEqual({ position, sameContent: true });
    const [line] = LINES;
    if (line === undefined) throw new Error('no line');
    expect(findDigest(ROW, appendLine('a', '2'))).toEqual({ position: 0, sameContent: false });
    expect(findDigest(ROW, appendLine('d'))).toBeUndefined();
    for (let byte = 0; byte < 16; byte++) {
      const digest = Uint8Array.from(line.digest);
      digest[byte] = (digest[byte] ?? 0) ^ 1;
      expect(findDigest(ROW, { ...line, digest })).toBeUndefined();
    }
    for (let byte = 0; byte < 8; byte++) {
      const { digest, fingerprint: given } = line;
      const changed = String.fromCharCode(given.charCodeAt(byte) ^ 1);
      const fingerprint = given.slice(0, byte) + changed + given.slice(byte + 1);
      expect(findDigest(ROW, { digest, fingerprint })).toEqual({ position: 0, sameContent: false });
    }
  });

  it('have the same content also where the row holds the flat spelling of it', () => {
    const [line] = LINES;
    if (line?.content === undefined) throw new Error('no content');
    const { digest, fingerprint, content } = line;
    const row = newIdsRow(7, 'x', 'y', [{ digest, fingerprint: flatFingerprint(content) }]);
    expect(findDigest(row, line)).toEqual({ position: 0, sameContent: true });
    expect(findDigest(row, { digest, fingerprint })).toEqual({ position: 0, sameContent: false });
    expect(findDigest(row, appendLine('a', '2'))).toEqual({ position: 0, sameContent: false });
  });

  it('give their digests, and the first 64 bits of these, in order', () => {
    expect(LINES.map((_, position) => [...digestAt(ROW, position)])).toEqual(
      LINES.map(({ digest }) => [...digest]),
    );
    const hashes: string[] = [];
    eachHash(ROW, (high, low) =>
      hashes.push([high, low].map((word) => word.toString(16).padStart(8, '0')).join('')),
    );
    expect(hashes).toEqual(LINES.map(({ digest }) => Buffer.from(digest.subarray(0, 8)).toString('hex')));
  });
});

test('a batch of lines that are driven again has no ids, and says where each was parked', () => {
  const row = newRedriveIdsRow(7, 'this batch', 'the one before', ORIGINS);
  expect(stored(row).properties['origins']).toBe('3.0 4.12');
  expect(idsRowOf(stored(row))).toStrictEqual(row);
  expect(row).toMatchObject({ lineCount: 0, origins: ORIGINS });
  eachHash(row, () => expect('a hash').toBe('none'));
});

test.each<[string, RowProperties, string]>([
  ['a version of a later time', { v: 2 }, 'has v 2'],
  ['fingerprints of a later form', { canonicalForm: 2 }, 'has canonicalForm 2'],
  ['another number of ids', { lineCount: 2 }, 'is damaged: it holds 72 bytes and names 2 ids'],
  ['bytes cut short', { d0: new Uint8Array(71) }, 'is damaged: it holds 71 bytes and names 3 ids'],
  ['no batch id', { batchId: 1 }, 'its property batchId is no text'],
  ['no id of the batch before', { previousBatchId: 1 }, 'its property previousBatchId is no text'],
  ['an origin that is no place', { origins: '3.0 4' }, 'is damaged: "4" names no place of a line'],
  ['an origin of a batch that is none', { origins: 'x.0' }, 'is damaged: "x.0" names no place of a line'],
  ['an origin of a position that is none', { origins: '3.x' }, 'is damaged: "3.x" names no place of a line'],
  ['origins that are no text', { origins: 3 }, 'its property origins is no text'],
])('a row with %s is refused', (_what, change, why) => {
  expect(() => idsRowOf(stored(ROW, change))).toThrow(why);
});
