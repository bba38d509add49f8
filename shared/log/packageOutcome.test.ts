import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { packJson, unpackJson } from './packedRow.ts';
import type { LineDecision } from './lineDecision.ts';
import { type AggregatedLineStatus, PackageOutcome } from './packageOutcome.ts';

/** A way to bring a new line into each status. */
const PATHS: Readonly<Record<AggregatedLineStatus, readonly AggregatedLineStatus[]>> = {
  Created: [],
  DoNotSync: ['DoNotSync'],
  FnOSyncEnqueued: ['FnOSyncEnqueued'],
  FnOTransCreated: ['FnOSyncEnqueued', 'FnOTransCreated'],
  FnOTransCreateError: ['FnOSyncEnqueued', 'FnOTransCreateError'],
  FnOTransPosted: ['FnOSyncEnqueued', 'FnOTransCreated', 'FnOTransPosted'],
  FnOTransPostError: ['FnOSyncEnqueued', 'FnOTransCreated', 'FnOTransPostError'],
};
const STATUSES = Object.keys(PATHS) as AggregatedLineStatus[];

/** Written down once more, so that a change of the rules is seen. */
const EDGES = new Set([
  'Created > DoNotSync',
  'Created > FnOSyncEnqueued',
  'FnOSyncEnqueued > FnOTransCreated',
  'FnOSyncEnqueued > FnOTransCreateError',
  'FnOTransCreated > FnOTransPosted',
  'FnOTransCreated > FnOTransPostError',
  'FnOTransCreated > FnOTransCreateError',
  'FnOTransPostError > FnOTransPosted',
  'FnOTransPostError > FnOTransCreateError',
  'FnOTransPostError > DoNotSync',
  'FnOTransCreateError > FnOSyncEnqueued',
  'FnOTransCreateError > FnOTransCreated',
  'FnOTransCreateError > DoNotSync',
  'DoNotSync > FnOTransCreated',
]);

function lineIn(status: AggregatedLineStatus): PackageOutcome {
  const outcome = PackageOutcome.fresh(2, 1);
  for (const step of PATHS[status]) outcome.note(0, step, 1);
  return PackageOutcome.decode(outcome.encode());
}

describe('a line', () => {
  for (const from of STATUSES) {
    for (const to of STATUSES.filter((status) => status !== from)) {
      const isAllowed = EDGES.has(`${from} > ${to}`);
      it(`${isAllowed ? 'goes' : 'never goes'} from ${from} to ${to}`, () => {
        const outcome = lineIn(from);
        outcome.note(0, to, 2, { voucher: 'V' });
        expect(outcome.changed).toBe(isAllowed);
        expect(outcome.line(0)).toEqual(
          isAllowed ? { status: to, at: 2, voucher: 'V' } : { status: from, at: 1 },
        );
        expect(outcome.line(1)).toEqual({ status: 'Created', at: 1 });
      });
    }
  }

  it('keeps its facts along the way, but not the error of the status before', () => {
    const outcome = lineIn('FnOSyncEnqueued');
    outcome.note(0, 'FnOTransCreated', 2, { journalNumber: 'J1', lineNumber: 7 });
    outcome.note(0, 'FnOTransPostError', 3, { error: 'closed' });
    outcome.note(0, 'FnOTransPosted', 4, { voucher: 'V' });
    expect(outcome.line(0)).toEqual({
      status: 'FnOTransPosted',
      at: 4,
      journalNumber: 'J1',
      lineNumber: 7,
      voucher: 'V',
    });
  });

  it('that is told the same again is unchanged; new facts keep its time', () => {
    const outcome = lineIn('FnOTransPosted');
    outcome.note(0, 'FnOTransPosted', 9);
    expect(outcome.changed).toBe(false);
    outcome.note(0, 'FnOTransPosted', 9, { voucher: 'V' });
    expect(outcome.changed).toBe(true);
    expect(outcome.line(0)).toEqual({ status: 'FnOTransPosted', at: 1, voucher: 'V' });
  });

  it('keeps 500 characters of an error', () => {
    const outcome = lineIn('FnOSyncEnqueued');
    outcome.note(0, 'FnOTransCreateError', 2, { error: 'x'.repeat(600) });
    expect(outcome.line(0).error).toHaveLength(500);
  });

  it('is listed by its status; one that is not there is refused', () => {
    const outcome = lineIn('DoNotSync');
    expect(outcome.positionsWith('Created', 'FnOTransPosted')).toEqual([1]);
    expect(() => outcome.line(2)).toThrow('The package has 2 lines, none at 2');
  });
});

describe('a decision about a line', () => {
  const resend = (version: number): LineDecision => ({
    kind: 'resend',
    at: 1,
    by: 'app',
    version,
    after: version,
  });
  const close: LineDecision = { kind: 'close', at: 2, by: 'app' };
  const read = (outcome: PackageOutcome) => PackageOutcome.decode(outcome.encode());

  it('is added to those before, and read back; other lines have none', () => {
    const outcome = PackageOutcome.fresh(2, 1);
    expect(unpackJson(outcome.encode())).not.toHaveProperty('decisions');
    outcome.decide(0, resend(1));
    expect(outcome.changed).toBe(true);
    outcome.decide(0, close);
    expect(read(outcome).lines()).toStrictEqual([
      { status: 'Created', at: 1, decisions: [resend(1), close] },
      { status: 'Created', at: 1 },
    ]);
    expect(outcome.lines()).toStrictEqual(read(outcome).lines());
  });

  it('to send a line again is noted as refused: the newest such one, and nothing else', () => {
    const outcome = PackageOutcome.fresh(1, 1);
    for (const decision of [resend(1), resend(2), close]) outcome.decide(0, decision);
    const stored = read(outcome);
    stored.refuse(0);
    expect(stored.changed).toBe(true);
    expect(read(stored).line(0).decisions).toEqual([resend(1), { ...resend(2), refused: true }, close]);
  });

  it('that is none cannot be refused', () => {
    const outcome = PackageOutcome.fresh(2, 1);
    outcome.decide(1, close);
    const stored = read(outcome);
    stored.refuse(0);
    stored.refuse(1);
    expect(stored.changed).toBe(false);
    expect(stored.lines()).toEqual(outcome.lines());
  });
});

const text = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) });
const fact = { requiredKeys: [] as [] };

test('what was noted is read back', () => {
  const facts = fc.record(
    { journalNumber: text, lineNumber: fc.nat(), voucher: text, inventTransId: text, error: text },
    fact,
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...STATUSES), facts), { maxLength: 20 }), (lines) => {
      const outcome = PackageOutcome.fresh(lines.length, 5);
      lines.forEach(([status, known], position) => {
        for (const step of PATHS[status]) outcome.note(position, step, 6, known);
      });
      const read = PackageOutcome.decode(outcome.encode());
      expect(read.lines()).toEqual(outcome.lines());
      expect(read.lineCount).toBe(lines.length);
      expect(read.changed).toBe(false);
    }),
  );
});

test.each([
  ['no number of lines', { n: undefined }],
  ['more lines than it names', { n: 1, status: { each: ['Created', 'Created'] } }],
  ['no status', { status: undefined }],
  ['a status that there is not', { status: { all: 'toString' } }],
  ['a voucher that is no text', { voucher: { all: 5 } }],
])('a stored outcome with %s is refused', (_what, change) => {
  const stored = unpackJson(PackageOutcome.fresh(2, 1).encode()) as object;
  expect(() => PackageOutcome.decode(packJson({ ...stored, ...change }))).toThrow();
});
