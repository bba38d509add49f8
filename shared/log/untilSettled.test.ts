import { describe, expect, it } from 'vitest';
import { patientClock } from '../../test/support/logUnderTest.ts';
import type { Runtime } from '../runtime/ports.ts';
import { TableError, type TableFailure } from '../tables/tableStore.ts';
import { LogRewoundError } from './identify.ts';
import { DamagedRowError } from './packedRow.ts';
import { lostToAnother, untilSettled } from './untilSettled.ts';

const silent = () => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };

/** Tries something that fails with these errors, one after the other, and then succeeds. */
async function tryWith(...errors: readonly Error[]) {
  const clock = patientClock();
  const began = clock.now();
  const waits: number[] = [];
  const told: unknown[] = [];
  const entropy = { uuid: () => '', bytes: (length: number) => new Uint8Array(length), fraction: () => 0.5 };
  const counted = {
    now: () => clock.now(),
    sleep: (milliseconds: number) => {
      waits.push(milliseconds);
      return clock.sleep(milliseconds);
    },
  };
  const runtime: Runtime = { clock: counted, entropy, logger };
  let tries = 0;
  const attempt = () => {
    const error = errors[tries++];
    return error === undefined ? Promise.resolve('done') : Promise.reject(error);
  };
  const outcome = await untilSettled(runtime, 'a log', attempt, (error) => told.push(error)).catch(
    (error: unknown) => error,
  );
  return { outcome, tries, waits, told, took: clock.now() - began };
}

const failure = (kind: TableFailure): TableError => new TableError(kind, `it is ${kind}`);

describe('a try', () => {
  it('that succeeds is the only one', async () => {
    expect(await tryWith()).toMatchObject({ outcome: 'done', tries: 1, waits: [], told: [] });
  });

  it.each(['exists', 'changed', 'missing'] as const)(
    'that lost to another writer (%s) is made again at once',
    async (kind) => {
      const error = failure(kind);
      expect(lostToAnother(error)).toBe(true);
      expect(await tryWith(error)).toMatchObject({ outcome: 'done', tries: 2, waits: [], told: [error] });
    },
  );

  it.each(['unknown', 'busy'] as const)(
    'that storage did not answer (%s) is made again after a while',
    async (kind) => {
      const error = failure(kind);
      expect(lostToAnother(error)).toBe(false);
      expect(await tryWith(error, error)).toMatchObject({ outcome: 'done', tries: 3, waits: [150, 150] });
    },
  );

  it('on an index that is out of date is made again at once', async () => {
    const error = new LogRewoundError('a log', 3);
    expect(lostToAnother(error)).toBe(false);
    expect(await tryWith(error)).toMatchObject({ outcome: 'done', tries: 2, waits: [], told: [error] });
  });

  it('when nobody listens is not made again, and the caller is told when to come back', async () => {
    const error = failure('unreachable');
    const { outcome, tries, told } = await tryWith(error);
    expect(outcome).toMatchObject({ name: 'DependencyError', retryAfterMs: 1_000, cause: error });
    expect((outcome as Error).message).toContain('it is unreachable');
    expect([tries, told]).toEqual([1, [error]]);
  });

  it('that meets a row that cannot be read is not made again', async () => {
    const error = new DamagedRowError({ partitionKey: 'p', rowKey: 'r' }, 'cut short');
    const { outcome, tries, told } = await tryWith(error);
    expect(outcome).toMatchObject({ name: 'DependencyError', cause: error });
    expect((outcome as Error).message).toContain('is damaged: cut short');
    expect([tries, told]).toEqual([1, [error]]);
  });

  it.each([failure('invalid'), new Error('of its own')])(
    'that fails of its own (%s) is not made again',
    async (error) => {
      expect(await tryWith(error)).toMatchObject({ outcome: error, tries: 1, told: [error] });
      expect(lostToAnother(error)).toBe(false);
    },
  );

  it('is made for fifteen seconds, and no longer', async () => {
    const errors = Array.from({ length: 1_000 }, () => failure('unknown'));
    const { outcome, tries, took } = await tryWith(...errors);
    expect(outcome).toMatchObject({ name: 'DependencyError', retryAfterMs: 1_000, cause: errors[0] });
    expect((outcome as Error).message).toContain('the log a log could not be written in time');
    expect([tries, took]).toEqual([100, 15_000]);
  });
});
