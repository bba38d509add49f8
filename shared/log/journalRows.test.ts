import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { AggregatedLine, Journal } from '../aggregation/aggregatedLine.ts';
import { decodeJournal, encodeJournal, packageHash } from './journalRows.ts';
import { MAX_PACKED_BYTES, packJson, unpackJson } from './packedRow.ts';

const text = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) });
const line: fc.Arbitrary<AggregatedLine> = fc.record(
  {
    quantity: text,
    organizationId: text,
    productId: text,
    dataSource: text,
    physicalMeasure: text,
    dimensions: fc
      .uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 4 })
      .map((pairs) => pairs.sort(([a], [b]) => (a < b ? -1 : 1))),
    sources: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 4 }),
    fnoJournalNameId: text,
    costPrice: text,
    transDate: text,
  },
  {
    requiredKeys: [
      'quantity',
      'organizationId',
      'productId',
      'dataSource',
      'physicalMeasure',
      'dimensions',
      'sources',
    ],
  },
);
const journal: fc.Arbitrary<Journal> = fc
  .array(fc.tuple(line, fc.constantFrom(1 as const, -1 as const)), { maxLength: 15 })
  .map((lines) => ({
    number: 3,
    kind: 'adjustment',
    targetStatus: 'Posted',
    journalNameId: 'IADJ',
    lines: lines.map(([one]) => one),
    directions: lines.map(([, direction]) => direction),
  }));

function bigJournal(count: number): Journal {
  let seed = 1;
  const noise = () => String.fromCharCode(0x4e00 + ((seed = (seed * 48_271) % 0x7fff_ffff) % 20_000));
  const lines = Array.from({ length: count }, (_, index): AggregatedLine => {
    const productId = Array.from({ length: 40 }, noise).join('');
    return {
      quantity: '1',
      organizationId: 'USMF',
      productId,
      dataSource: 'pos',
      physicalMeasure: 'outbound',
      dimensions: [['SiteId', '1']],
      sources: [[index, 0]],
    };
  });
  return { number: 1, kind: 'held', holdReason: 'TargetNone', directions: lines.map(() => -1), lines };
}

describe('a journal', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(journal, (written) => {
        expect(decodeJournal(encodeJournal(written))).toEqual(written);
      }),
    );
  });

  it('takes as many rows as it needs, each of a size that storage takes', () => {
    const big = bigJournal(12_000);
    const written = { ...big, directions: big.lines.map((_, index) => (index % 3 === 0 ? 1 : -1)) } as const;
    const parts = encodeJournal(written);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(MAX_PACKED_BYTES);
    expect(decodeJournal(parts)).toEqual(written);
    expect(() => decodeJournal(parts.slice(1))).toThrow('cannot be read from');
    expect(() => decodeJournal([])).toThrow('cannot be read from 0');
  });
});

test('the directions of a journal are one where they are alike, and one per line where not', () => {
  const journal = bigJournal(3);
  const stored = (directions: readonly (1 | -1)[]) =>
    encodeJournal({ ...journal, directions }).map(
      (part) => (unpackJson(part) as { directions: unknown }).directions,
    );
  expect(stored([-1, -1, -1])).toEqual([-1]);
  expect(stored([1, 1, 1])).toEqual([1]);
  expect(stored([1, -1, 1])).toEqual([[1, -1, 1]]);
});

test('a journal without lines is one row', () => {
  const empty: Journal = { number: 1, kind: 'doNotSync', lines: [], directions: [] };
  expect(encodeJournal(empty)).toHaveLength(1);
  expect(decodeJournal(encodeJournal(empty))).toEqual(empty);
});

test('the hash of a package names its journals’ rows and their order', () => {
  const [a, b] = [Buffer.from('a'), Buffer.from('b')];
  const hashes = [[[a], [b]], [[b], [a]], [[a]]].map((journals) => packageHash(journals).toString('hex'));
  expect(new Set(hashes).size).toBe(3);
  expect(hashes[0]).toBe(packageHash([[a], [b]]).toString('hex'));
});

test.each<[string, object, string]>([
  ['no number of lines', { n: undefined }, 'undefined is no number of lines'],
  ['another number of lines', { n: 1 }, 'a journal of 1 lines does not name their sources'],
  ['too few directions', { directions: [1] }, 'a journal of 2 lines does not name their directions'],
  ['no directions', { directions: undefined }, 'does not name their directions'],
  ['too few sources', { sources: [[1, 1]] }, 'a journal of 2 lines does not name their sources'],
  ['no sources', { sources: undefined }, 'does not name their sources'],
  ['no quantities', { columns: {} }, 'line 0 of a journal has no quantity'],
])('a stored journal with %s is refused', (_what, change, why) => {
  const [part] = encodeJournal(bigJournal(2)).map((bytes) => unpackJson(bytes) as object);
  expect(() => decodeJournal([packJson({ ...part, ...change })])).toThrow(why);
});
