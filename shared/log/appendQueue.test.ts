import { describe, expect, it } from 'vitest';
import { appendLine } from '../../test/support/logUnderTest.ts';
import { AppendQueue, MAX_BATCH_LINES } from './appendQueue.ts';

const MOST_BYTES = 800_000;

/** A queue with these requests, which all came at once. */
function queueOf(requests: readonly { lines?: number; bytes?: number; inlineSync?: boolean }[], at = 0) {
  const queue = new AppendQueue();
  const results = requests.map(({ lines = 1, bytes = 100, inlineSync = false }, index) =>
    queue.push({ lines: new Array(lines).fill(appendLine(`r${index}`)), bytes, inlineSync }, at),
  );
  return { queue, results };
}

/** The names of the requests in each of the groups that the queue is taken in. */
function groupsOf({ queue }: ReturnType<typeof queueOf>, now = 0): string[][] {
  const groups: string[][] = [];
  while (!queue.isEmpty)
    groups.push(queue.takeGroup(now).map(({ lines }) => lines[0]?.line?.id ?? 'no line'));
  return groups;
}

describe('a group', () => {
  it('takes all that came, in the order they came', () => {
    expect(groupsOf(queueOf([{}, {}, {}]))).toEqual([['r0', 'r1', 'r2']]);
    expect(new AppendQueue().takeGroup(0)).toEqual([]);
  });

  it.each([
    ['as many lines as a batch holds', [{ lines: MAX_BATCH_LINES - 1 }, {}], [['r0', 'r1']]],
    ['one line more', [{ lines: MAX_BATCH_LINES }, {}], [['r0'], ['r1']]],
    ['as many bytes as a batch holds', [{ bytes: MOST_BYTES - 100 }, {}], [['r0', 'r1']]],
    ['one byte more', [{ bytes: MOST_BYTES - 99 }, {}], [['r0'], ['r1']]],
    [
      'a request that is larger than a batch',
      [{ lines: 5_000, bytes: 2 * MOST_BYTES }, {}],
      [['r0'], ['r1']],
    ],
    [
      'what is full stays full: nobody overtakes',
      [{ lines: 3_999 }, { lines: 2 }, {}],
      [['r0'], ['r1', 'r2']],
    ],
    ['lines of all its requests together', [{ lines: 2_000 }, { lines: 2_000 }, {}], [['r0', 'r1'], ['r2']]],
    [
      'bytes of all its requests together',
      [{ bytes: 400_000 }, { bytes: 400_000 }, {}],
      [['r0', 'r1'], ['r2']],
    ],
  ])('is cut: %s', (_what, requests, groups) => {
    expect(groupsOf(queueOf(requests))).toEqual(groups);
  });

  it('is of one kind; those of the other kind keep their places and come next', () => {
    const mixed = [true, false, true, false].map((inlineSync) => ({ inlineSync }));
    expect(groupsOf(queueOf(mixed))).toEqual([
      ['r0', 'r2'],
      ['r1', 'r3'],
    ]);
    const large = [{ lines: 3_000 }, { lines: 4_000, inlineSync: true }, { lines: 1_000 }];
    expect(groupsOf(queueOf(large))).toEqual([['r0', 'r2'], ['r1']]);
  });
});

describe('who waits', () => {
  it('is sent away after fifteen seconds, and told that nothing was written', async () => {
    const { queue, results } = queueOf([{}]);
    const late = queue.push({ lines: [appendLine('late')], bytes: 1, inlineSync: false }, 1);
    expect(queue.takeGroup(15_001).map(({ lines }) => lines[0]?.line?.id)).toEqual(['late']);
    await expect(results[0]).rejects.toMatchObject({
      name: 'DependencyError',
      retryAfterMs: 1_000,
      message: expect.stringContaining(
        'the lines waited too long for their turn; nothing was written',
      ) as string,
    });
    expect(queue.isEmpty).toBe(true);
    void late;
  });

  it('is taken when the fifteen seconds are just over', () => {
    expect(groupsOf(queueOf([{}]), 15_000)).toEqual([['r0']]);
  });
});
