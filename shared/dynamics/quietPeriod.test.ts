import { expect, test } from 'vitest';
import { QuietPeriod } from './quietPeriod.ts';

const time = { now: 1_000_000 };
const quietPeriod = () =>
  new QuietPeriod({ now: () => time.now, sleep: () => Promise.reject(new Error('nobody waits here')) });

test('a service is left alone for as long as it asked, by the longest of its requests', () => {
  const quiet = quietPeriod();
  expect(quiet.remainingMs()).toBe(0);
  quiet.note(429, 30_000);
  quiet.note(503, 10_000);
  time.now += 29_999;
  expect(quiet.remainingMs()).toBe(1);
  time.now += 1;
  expect(quiet.remainingMs()).toBe(0);
});

test('other answers, and those that name no time, ask for nothing', () => {
  const quiet = quietPeriod();
  quiet.note(500, 30_000);
  quiet.note(200, 30_000);
  quiet.note(503, undefined);
  expect(quiet.remainingMs()).toBe(0);
});

test('nobody is left alone for more than ten minutes at a time, even when the clock is set back', () => {
  const quiet = quietPeriod();
  quiet.note(503, 86_400_000);
  expect(quiet.remainingMs()).toBe(600_000);
  time.now -= 3_600_000;
  expect(quiet.remainingMs()).toBe(600_000);
});
