import { expect, it } from 'vitest';
import { Fairness } from './fairness.ts';

const NOW = 1_000_000;

function afterWins(lossesPerWin: readonly number[]): Fairness {
  const fairness = new Fairness();
  for (const losses of lossesPerWin) {
    for (let loss = 0; loss < losses; loss++) fairness.lost();
    fairness.won(NOW);
  }
  return fairness;
}

it('who meets nobody never waits', () => {
  expect(new Fairness().waitBeforeNext(NOW)).toBe(0);
  expect(afterWins([0, 0, 0]).waitBeforeNext(NOW)).toBe(0);
});

it('who lost does not wait: it tries again at once', () => {
  const fairness = new Fairness();
  for (let loss = 0; loss < 20; loss++) fairness.lost();
  expect(fairness.waitBeforeNext(NOW)).toBe(0);
});

it('who won after losing waits at least 25 ms, longer after more losses, and never without bound', () => {
  const [once, thrice, often] = [[1], [3], [10_000]].map((losses) => afterWins(losses).waitBeforeNext(NOW));
  expect(once).toBeGreaterThanOrEqual(25);
  expect(thrice).toBeGreaterThan(once ?? 0);
  expect(often).toBeGreaterThan(thrice ?? 0);
  expect(often).toBeLessThanOrEqual(400);
});

it('the wait is 40 ms per loss of the running mean', () => {
  const waits = [[2], [4], [4, 2], [2, 2, 2]].map((losses) => afterWins(losses).waitBeforeNext(NOW));
  expect(waits).toEqual([40, 80, 80, 70]);
  expect(afterWins([100]).waitBeforeNext(NOW)).toBe(400);
});

it('time that has passed since the win counts', () => {
  const fairness = afterWins([4]);
  const wait = fairness.waitBeforeNext(NOW);
  expect(fairness.waitBeforeNext(NOW + 10)).toBe(wait - 10);
  expect(fairness.waitBeforeNext(NOW + wait)).toBe(0);
});

it('the others are forgotten after a few wins without a loss', () => {
  const waits = [0, 1, 2, 3, 4, 5, 6].map((wins) =>
    afterWins([2, ...new Array<number>(wins).fill(0)]).waitBeforeNext(NOW),
  );
  expect(waits).toEqual([...waits].sort((a, b) => b - a));
  expect(waits.at(-1)).toBe(0);
});

it('a clock that is put back makes nobody wait longer than a turn', () => {
  const fairness = afterWins([1]);
  expect(fairness.waitBeforeNext(NOW - 86_400_000)).toBe(fairness.waitBeforeNext(NOW));
});
