/**
 * Parts that are killed while a day is posted: nothing that was accepted is lost or counted twice. KILLS_SEED repeats a
 * run's choices.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { environmentKey } from '../../shared/adjustments/keys.ts';
import { partitionKeyOf } from '../../shared/log/rowKeys.ts';
import { AdjustmentApi } from '../../local/sample/adjustmentApi.ts';
import { isBalanced } from '../../local/sample/balance.ts';
import { type SampleDay, sampleDay, type SampleRequest } from '../../local/sample/day.ts';
import { readTotals } from '../../local/sample/dynamicsTotals.ts';
import { postAgain, postRequests, type StoredLine } from '../../local/sample/post.ts';
import { SeededRandom } from '../../local/sample/seededRandom.ts';
import { settledBalance } from '../../local/sample/settle.ts';
import { balanceTable } from '../../local/sample/table.ts';
import { LineWatch } from '../../local/sample/watch.ts';
import { readLogChain } from '../support/logChain.ts';
import { type Killable, SupervisedSystem } from '../support/supervisedSystem.ts';
import { until } from '../support/until.ts';

const TAG = 'KILLS';
const NEVER = '0 0 0 1 1 *';
/** How long a client repeats a request that has no answer. */
const PATIENCE_MS = 60_000;
const SETTLE_MS = 90_000;

// They wait most of their time, so they wait together.
vi.setConfig({ testTimeout: 240_000, maxConcurrency: 3 });

const seed = Number(process.env['KILLS_SEED'] ?? Date.now() % 1_000_000);

interface Started {
  readonly system: SupervisedSystem;
  readonly api: AdjustmentApi;
}

/** A system for the running test alone. */
async function start(appSettings?: Readonly<Record<string, string>>): Promise<Started> {
  const system = await SupervisedSystem.start(appSettings);
  return { system, api: new AdjustmentApi(system.running, PATIENCE_MS) };
}

function day(lineCount: number): SampleDay {
  return sampleDay({ seed, tag: TAG, lineCount, bookingDate: '2026-11-01' });
}

/** Waits until all lines have come to their end, and checks that every unit is where it must be, once. */
async function expectEverythingOnce(
  { system, api }: Started,
  stored: readonly StoredLine[],
  meanwhile = (): Promise<void> => Promise.resolve(),
): Promise<void> {
  const watch = new LineWatch(api, stored);
  const rows = await settledBalance(watch, {
    before: { inventoryVisibility: [], supplyChain: [] },
    readTotals: () => readTotals(system.running.dynamicsUrl, TAG),
    directionOf: (_, measure) => (measure === 'outbound' ? -1 : 1),
    deadline: Date.now() + SETTLE_MS,
    onProgress: () => void meanwhile(),
  });
  const table = `${balanceTable(rows)}\n${system.lastLines}`;
  expect(isBalanced(rows), table).toBe(true);
  const inErp = watch.lines.filter(({ disposition }) => disposition === 'erp');
  expect(await system.counts(), table).toMatchObject({
    eventIds: watch.lines.filter(({ disposition }) => disposition !== 'parkedByCache').length,
    lines: new Set(inErp.map(({ aggregatedLineId }) => aggregatedLineId)).size,
  });
}

test.concurrent(
  'the functions host and the broker, killed at ten random moments',
  async ({ onTestFinished }) => {
    const random = new SeededRandom(seed);
    console.log(`KILLS_SEED=${seed}`);
    const moments = shuffled(random, [
      ...Array.from({ length: 4 }, (): Killable[] => ['functionsHost']),
      ...Array.from({ length: 4 }, (): Killable[] => ['broker']),
      ...Array.from({ length: 2 }, (): Killable[] => ['functionsHost', 'broker']),
    ]);
    const { system, api } = await start();
    onTestFinished(() => system.close());
    // Synchronizations within requests are where a kill leaves most open.
    const requests = day(1_200).requests.map((request, index) =>
      index % 2 === 0 ? inline(request) : request,
    );
    const stored: StoredLine[] = [];
    for (const [index, victims] of moments.entries()) {
      const own = requests.filter((_, request) => request % moments.length === index);
      const posting = postRequests(api, own, () => undefined);
      // Every other time while the requests are on their way. The moment is the point: nothing is waited for.
      const afterMs = random.whole(0, index % 2 === 0 ? 80 : 800);
      await delay(afterMs);
      console.log(`moment ${index + 1}: after ${afterMs} ms of posting, SIGKILL of ${victims.join(' and ')}`);
      const restarted = await Promise.all(victims.map((victim) => system.kill(victim)));
      stored.push(...(await posting).flat());
      await Promise.all(restarted.map((isRestarted) => isRestarted()));
    }
    console.log(`${api.repeats} requests were repeated`);
    await expectEverythingOnce({ system, api }, stored);
  },
);

test.concurrent('a clean stop of everything in the middle, and a start', async ({ onTestFinished }) => {
  const { system, api } = await start();
  onTestFinished(() => system.close());
  const { requests } = day(400);
  let reachedHalf = (): void => undefined;
  const half = new Promise<void>((resolve) => (reachedHalf = resolve));
  const posting = postRequests(api, requests, (lines) => {
    if (lines >= 200) reachedHalf();
  });
  await half;
  await system.stop();
  await system.startAgain();
  await expectEverythingOnce({ system, api }, (await posting).flat());
});

test.concurrent(
  'Azurite under a warm host: what is gone can be posted again, and counts once',
  async ({ onTestFinished }) => {
    // Journals wait until the end: what SCM got from rows that are gone, only an operator could reconcile.
    const { system, api } = await start({ PACKAGE_JOURNALS_SCHEDULE: NEVER });
    onTestFinished(() => system.close());
    const requests = day(300).requests.map((request) => onlyUSMF(request));
    const [early, late, after] = [requests.slice(0, -3), requests.slice(-3, -1), requests.slice(-1)];
    const partitionKey = partitionKeyOf(environmentKey(system.running.environmentId), 'USMF');
    const chain = (): ReturnType<typeof readLogChain> =>
      readLogChain(system.running.tablesConnection, partitionKey);

    const eventIds = async (): Promise<number> => (await system.counts()).eventIds;

    const kept = (await postRequests(api, early, () => undefined)).flat();
    await until('the early lines are in the cache', async () => (await eventIds()) === kept.length);
    const { tail } = await chain();
    await until('the early lines are on disk', async () =>
      (await storedText(system.folder)).includes(`ids~${padded(tail)}`),
    );
    // The cache knows these lines already when their rows are lost.
    const lost = (await postRequests(api, late.map(inline), () => undefined)).flat();
    const isRestarted = await system.kill('azurite');
    await isRestarted();

    const before = await chain();
    expect(before.faults).toEqual([]);
    const stillThere = new Set(before.lineRecordIds);
    expect(kept.filter(({ lineRecordId }) => !stillThere.has(lineRecordId))).toEqual([]);
    const gone = lost.filter(({ lineRecordId }) => !stillThere.has(lineRecordId));
    expect(gone.length).toBeGreaterThan(0);
    console.log(`${gone.length} of ${lost.length} late lines are gone`);

    const again = await api.post(gone.map(({ line }) => line.posted));
    expect(again).toEqual(
      gone.map(({ lineRecordId }): unknown =>
        expect.objectContaining({ processingStatus: 'success', lineRecordId }),
      ),
    );
    await postAgain(api, kept.slice(0, 100));

    // Nothing goes out, inline or by timer, before an operator has looked.
    const freshLines = after.flatMap(({ lines }) => lines);
    const results = await api.post(
      freshLines.map(({ posted }) => posted),
      { createWithIVSync: true },
    );
    expect(results).toEqual(freshLines.map((): unknown => expect.objectContaining({ status: 'Created' })));
    await system.fire('syncCache');
    await until('the timer has said that it holds the log', async () =>
      /nothing goes out until.*syncCache/.test(system.lastLines),
    );
    expect(await eventIds()).toBe(kept.length + lost.length);
    await api.release('USMF');
    await until('everything is in the cache', async () => {
      await system.fire('syncCache');
      return (await eventIds()) === kept.length + lost.length + freshLines.length;
    });
    const fresh = (await postRequests(api, after, () => undefined)).flat();
    const ended = await chain();
    expect(ended.faults).toEqual([]);
    expect(new Set(ended.lineRecordIds)).toEqual(
      new Set([...kept, ...lost, ...fresh].map(({ lineRecordId }) => lineRecordId)),
    );
    await expectEverythingOnce({ system, api }, [...kept, ...lost, ...fresh], () =>
      system.fire('packageJournals'),
    );
  },
);

/** What Azurite has written to its disk so far. */
function storedText(folder: string): Promise<string> {
  return readFile(join(folder, 'azurite', '__azurite_db_table__.json'), 'utf8').catch(() => '');
}

function padded(seq: number): string {
  return String(seq).padStart(12, '0');
}

function inline(request: SampleRequest): SampleRequest {
  return { ...request, createWithIVSync: true };
}

/** One legal entity is enough where one log is looked at. */
function onlyUSMF(request: SampleRequest): SampleRequest {
  const lines = request.lines.map((line) => ({
    ...line,
    posted: { ...line.posted, organizationId: 'USMF' },
  }));
  return { ...request, lines };
}

function shuffled<Item>(random: SeededRandom, items: readonly Item[]): Item[] {
  const left = [...items];
  return items.map(() => left.splice(random.whole(0, left.length - 1), 1)[0] as Item);
}
