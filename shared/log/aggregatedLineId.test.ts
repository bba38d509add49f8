import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import {
  aggregatedLineId,
  MAX_JOURNALS_PER_RUN,
  MAX_LINES_PER_JOURNAL,
  placeOfAggregatedLine,
} from './aggregatedLineId.ts';

const place = fc.record({
  run: fc.integer({ min: 1, max: 0xffff_ffff }),
  journal: fc.integer({ min: 1, max: MAX_JOURNALS_PER_RUN }),
  position: fc.integer({ min: 0, max: MAX_LINES_PER_JOURNAL - 1 }),
});
const LOG = 'env~usmf';

it('is a UUID of version 8 that says where the line stands', () => {
  fc.assert(
    fc.property(fc.string(), place, (nonce, where) => {
      const id = aggregatedLineId(LOG, nonce, where);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(placeOfAggregatedLine(LOG, id)).toEqual(where);
      expect(placeOfAggregatedLine(LOG, id.toUpperCase())).toEqual(where);
    }),
  );
});

it('is the same for ever: Supply Chain Management knows the lines by it', () => {
  const id = (run: number, journal: number, position: number) =>
    aggregatedLineId(LOG, 'n', { run, journal, position });
  expect([id(1, 1, 0), id(0x1234_5678, 0x9abc, 0xd_ef01)]).toEqual([
    '00000001-0001-8000-b000-06d20fd0d764',
    '12345678-9abc-8def-b001-06d20fd0d764',
  ]);
});

it('is different for two places of one run', () => {
  fc.assert(
    fc.property(place, place, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      expect(aggregatedLineId(LOG, 'n', one) === aggregatedLineId(LOG, 'n', other)).toBe(same);
    }),
  );
});

it('of a run number that is used again after a rewind is another one', () => {
  const where = { run: 3, journal: 1, position: 0 };
  expect(aggregatedLineId(LOG, 'one nonce', where)).not.toBe(aggregatedLineId(LOG, 'another', where));
});

it('of another legal entity, and text that is no such id, has no place', () => {
  const id = aggregatedLineId(LOG, 'n', { run: 1, journal: 1, position: 0 });
  expect(placeOfAggregatedLine('env~demf', id)).toBeUndefined();
  expect(placeOfAggregatedLine(LOG, 'x')).toBeUndefined();
  expect(placeOfAggregatedLine(LOG, id.replace(/^(.{14})8/, '$14'))).toBeUndefined();
});

test.each([
  ['run', { run: 0, journal: 1, position: 0 }],
  ['run', { run: 2 ** 32, journal: 1, position: 0 }],
  ['run', { run: 1.5, journal: 1, position: 0 }],
  ['journal', { run: 1, journal: 0, position: 0 }],
  ['journal', { run: 1, journal: MAX_JOURNALS_PER_RUN + 1, position: 0 }],
  ['position', { run: 1, journal: 1, position: -1 }],
  ['position', { run: 1, journal: 1, position: MAX_LINES_PER_JOURNAL }],
])('a %s that there is no room for is refused: %j', (what, where) => {
  expect(() => aggregatedLineId(LOG, 'n', where)).toThrow(`An aggregated line cannot stand at ${what}`);
});
