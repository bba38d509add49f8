import { expect, test } from 'vitest';
import { appendLine, sharing64Bits } from '../../test/support/logUnderTest.ts';
import { type AppendLine, composeGroup } from './appendGroup.ts';
import type { Identity } from './identify.ts';

const NEW: Identity = { kind: 'new' };
const known = (seq: number, position: number, sameContent: boolean): Identity => ({
  kind: 'known',
  seq,
  position,
  sameContent,
});
const without = ({ digest, fingerprint }: AppendLine): AppendLine => ({ digest, fingerprint });
/** What of a line is stored. */
const stored = ({ digest, fingerprint, line }: AppendLine) => ({ digest, fingerprint, line });

test('new lines get the places of one batch, across the requests of a group', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((id) => appendLine(id));
  if (!a || !b || !c) throw new Error('no lines');
  const { fresh, outcomes } = composeGroup(7, [[a], [], [b, c]], [NEW, NEW, NEW]);
  expect(fresh).toEqual([a, b, c].map(stored));
  expect(outcomes).toEqual([
    [{ kind: 'accepted', seq: 7, position: 0 }],
    [],
    [
      { kind: 'accepted', seq: 7, position: 1 },
      { kind: 'accepted', seq: 7, position: 2 },
    ],
  ]);
});

test('a known line is told where it stands, and takes no place', () => {
  const lines = ['a', 'b', 'c'].map((id) => appendLine(id));
  const { fresh, outcomes } = composeGroup(7, [lines], [known(3, 5, true), known(4, 6, false), NEW]);
  expect(fresh).toEqual(lines.slice(2).map(stored));
  expect(outcomes).toEqual([
    [
      { kind: 'duplicate', seq: 3, position: 5 },
      { kind: 'conflict', seq: 4, position: 6 },
      { kind: 'accepted', seq: 7, position: 0 },
    ],
  ]);
});

test('an id that comes twice in a group is accepted once; the other is a duplicate, or a conflict with other content', () => {
  const [other, line, twin] = [appendLine('x'), appendLine('a'), appendLine('a')];
  const requests = [
    [other, line],
    [twin, appendLine('a', '2')],
  ];
  const { fresh, outcomes } = composeGroup(7, requests, [NEW, NEW, NEW, NEW]);
  expect(fresh).toEqual([other, line].map(stored));
  expect(outcomes[1]).toEqual([
    { kind: 'duplicate', seq: 7, position: 1 },
    { kind: 'conflict', seq: 7, position: 1 },
  ]);
});

test('ids of a group whose digests begin alike are told apart', () => {
  const a = appendLine('a');
  const b = sharing64Bits(a, 'b');
  const { fresh, outcomes } = composeGroup(7, [[a], [b], [sharing64Bits(a, 'b'), a]], [NEW, NEW, NEW, NEW]);
  expect(fresh).toEqual([a, b].map(stored));
  expect(outcomes.flat()).toEqual([
    { kind: 'accepted', seq: 7, position: 0 },
    { kind: 'accepted', seq: 7, position: 1 },
    { kind: 'duplicate', seq: 7, position: 1 },
    { kind: 'duplicate', seq: 7, position: 0 },
  ]);
});

test('a line that the settings refuse is refused only where its id is new, and takes no place', () => {
  const refused = without(appendLine('r'));
  const [line, twin] = [appendLine('a'), without(appendLine('a'))];
  const { fresh, outcomes } = composeGroup(
    7,
    [[refused, refused, line, twin]],
    [NEW, known(1, 0, true), NEW, NEW],
  );
  expect(fresh).toEqual([stored(line)]);
  expect(outcomes).toEqual([
    [
      { kind: 'refused' },
      { kind: 'duplicate', seq: 1, position: 0 },
      { kind: 'accepted', seq: 7, position: 0 },
      { kind: 'duplicate', seq: 7, position: 0 },
    ],
  ]);
});
