import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import type { Clock } from '../../shared/runtime/ports.ts';
import { CoreModule } from './coreModule.ts';
import type { CoreInvocationContext } from './coreTypes.ts';
import type { LogEntry } from './hostLog.ts';
import { Invoker } from './invoker.ts';
import { parseNcrontab } from './ncrontab.ts';
import { TimerTrigger } from './timerTrigger.ts';

/** A clock that jumps to the end of each sleep when told to. */
class StepClock implements Clock {
  readonly events = new EventEmitter();
  time = Date.parse('2026-01-01T00:00:00Z');
  #wake: (() => void) | undefined;
  now(): number {
    return this.time;
  }
  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
      this.#wake = () => {
        this.time += milliseconds;
        resolve();
      };
      this.events.emit('asleep');
    });
  }
  /** Ends the present sleep and waits until the next one, and what was fired, has begun. */
  async step(): Promise<void> {
    const asleep = once(this.events, 'asleep');
    this.#wake?.();
    await asleep;
    await promisesRun();
  }
}

/** Every promise that could go on has gone on. */
async function promisesRun(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

interface TimerInput {
  ScheduleStatus: { Last: string; Next: string } | null;
  IsPastDue: boolean;
}

/** A timer on real host parts, with a handler that the test holds. */
function harness(schedule: string, timeoutMs?: number) {
  const clock = new StepClock();
  const logged: LogEntry[] = [];
  const log = { write: (entry: LogEntry) => logged.push(entry) };
  const core = new CoreModule(log);
  const runs: { input: TimerInput; end: (error?: Error) => void }[] = [];
  const exports = core.exports as { setProgrammingModel(model: object): void };
  exports.setProgrammingModel({
    name: 'test',
    version: '1',
    getInvocationModel: (context: CoreInvocationContext) => ({
      getArguments: async () => ({
        context,
        inputs: [JSON.parse(context.request.inputData[0]?.data.json ?? '')],
      }),
      invokeFunction: async (_context: unknown, inputs: unknown[], callback: (input: unknown) => unknown) =>
        callback(inputs[0]),
      getResponse: async () => undefined,
    }),
  });
  const fn = {
    metadata: { name: 'tick', bindings: { timer: { type: 'timerTrigger', direction: 'in' as const } } },
    callback: (input: unknown) =>
      new Promise<void>((resolve, reject) => {
        runs.push({
          input: input as TimerInput,
          end: (error) => {
            if (error) reject(error);
            else resolve();
          },
        });
      }),
  };
  const invoker = new Invoker(core, timeoutMs);
  const trigger = new TimerTrigger(fn, parseNcrontab(schedule), { invoker, clock, log });
  return { clock, logged, runs, invoker, trigger };
}

test('runs at each occurrence, one run at a time', async () => {
  const { clock, runs, invoker, trigger } = harness('0 */1 * * * *');
  trigger.start();
  await clock.step();
  expect(runs.map(({ input }) => input.ScheduleStatus?.Next)).toEqual(['2026-01-01T00:01:00.000Z']);
  await clock.step(); // 00:02 is skipped: the run of 00:01 has not ended
  expect(runs).toHaveLength(1);
  runs[0]?.end();
  await invoker.idle();
  await clock.step();
  expect(runs.map(({ input }) => input.ScheduleStatus)).toMatchObject([
    { Next: '2026-01-01T00:01:00.000Z' },
    { Last: '2026-01-01T00:01:00.000Z', Next: '2026-01-01T00:03:00.000Z' },
  ]);
  trigger.stop();
});

test('goes on after an error, and logs it', async () => {
  const { clock, logged, runs, invoker, trigger } = harness('0 */1 * * * *');
  trigger.start();
  await clock.step();
  runs[0]?.end(new Error('out of order'));
  await invoker.idle();
  await clock.step();
  expect(runs).toHaveLength(2);
  expect(logged).toMatchObject([{ level: 'error', functionName: 'tick' }]);
  expect(logged[0]?.message).toContain('out of order');
  trigger.stop();
});

test('makes up for nothing after a long sleep of the machine', async () => {
  const { clock, logged, runs, trigger } = harness('*/10 * * * * *');
  trigger.start();
  clock.time += 3_600_000;
  await clock.step();
  expect(runs).toHaveLength(1);
  expect(runs[0]?.input).toMatchObject({ ScheduleStatus: null, IsPastDue: false });
  // No occurrence of the hour was tried and skipped either.
  expect(logged).toEqual([]);
  trigger.stop();
});

test('fires on request: at once when idle, after the present run when not, several requests as one', async () => {
  const { runs, invoker, trigger } = harness('0 0 0 1 1 *');
  trigger.fireNow();
  await Promise.resolve();
  trigger.fireNow();
  trigger.fireNow();
  await promisesRun();
  expect(runs).toHaveLength(1);
  runs[0]?.end();
  await invoker.idle();
  await promisesRun();
  expect(runs).toHaveLength(2);
  runs[1]?.end();
  await invoker.idle();
  await promisesRun();
  expect(runs).toHaveLength(2);
});
