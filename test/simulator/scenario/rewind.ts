/**
 * Storage goes back in time under warm instances: appends go on along an unbroken chain, lost lines that are posted again
 * are accepted again and counted once by the cache, nothing goes out until an operator releases the log, and a run's
 * number that is used again never meets its lost twin in the ERP.
 */
import { numberIn, textIn } from '../checker/rawRows.ts';
import { LOG_TABLE, viewLog } from '../checker/logView.ts';
import { NO_FAULTS, randomFaults } from '../engine/faults.ts';
import { Prng } from '../engine/prng.ts';
import { Trace } from '../engine/trace.ts';
import { Violation } from '../engine/violation.ts';
import { connectQueue, tick, TICKS } from '../host.ts';
import { Oracle } from '../oracle.ts';
import { HOPS_END_MS, World } from '../world.ts';
import { Clients } from './clients.ts';
import { countInterestingStates } from './counters.ts';
import { BAD_FOR_IV, BAD_FOR_SCM, drawnLine } from './lines.ts';
import { endWell } from './liveness.ts';
import { Sleeper } from './sleeper.ts';
import {
  drawnIdIndex,
  ENVIRONMENT_IDS,
  PLAIN_CHOICE,
  SCM_URL,
  settingsDocument,
} from './settingsDocument.ts';
import type { RunOptions, RunResult } from './swarm.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ORGANIZATIONS = ['USMF', 'DEMF'];

export async function runRewind(seed: string, { plant, write }: RunOptions = {}): Promise<RunResult> {
  const prng = new Prng(`rewind ${seed}`);
  const trace = new Trace(write);
  const [environmentId] = ENVIRONMENT_IDS;
  const world = await World.create({
    seed: `rewind ${seed}`,
    trace,
    environments: [settingsDocument(environmentId, PLAIN_CHOICE)],
    inventoryVisibility: {
      tokenLifetimeMs: HOUR,
      processingBoundMs: 300_000,
      rememberedMs: Infinity,
      refusedPrefix: BAD_FOR_IV,
      refusesWholeCalls: false,
      wronglyRefused: 0,
    },
    supplyChain: {
      address: SCM_URL,
      tokenLifetimeMs: HOUR,
      processingBoundMs: 300_000,
      deletesLinesAfterPosting: false,
      refusedPrefix: BAD_FOR_SCM,
      longestImportDelayMs: 5_000,
    },
    longestSkewMs: 0,
    idIndex: drawnIdIndex(prng),
    ...(plant ? { plant } : {}),
  });
  const oracle = new Oracle(world, 100);
  connectQueue(world);
  countInterestingStates(world);
  const clients = new Clients(world, oracle);
  const { engine, sometimes } = world;
  const instances = [world.startInstance(), world.startInstance()];
  // Nobody ends, and not all stand still: an instance that knows nothing cannot notice a rewind.
  const rate = prng.pick([0, 0.01, 0.03]);
  const faults = randomFaults(prng.fork('faults'), {
    failBefore: rate,
    failAfter: rate,
    landLate: 0,
    delay: 0,
    crashBefore: 0,
    crashAfter: 0,
    pauseBefore: 0,
    pauseAfter: 0,
    odd: 0,
  });
  engine.faults = faults;
  const run = (milliseconds: number): Promise<void> =>
    engine.run(engine.now + milliseconds, () => oracle.failure !== undefined);
  let requests = 0;
  const postOne = (organizationId: string): void => {
    const number = ++requests;
    const lines = Array.from({ length: prng.between(1, 4) }, (_, index) =>
      drawnLine(prng, organizationId, `${number}-${index + 1}`),
    );
    const options = { createWithIVSync: prng.chance(0.2), validateOnly: false, lenient: false };
    clients.send(environmentId, lines, options);
  };
  const work = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      for (const organizationId of ORGANIZATIONS)
        engine.after(prng.between(0, 9_000), 'a client posts', () => postOne(organizationId), true);
      for (const name of Object.keys(TICKS))
        for (const instance of instances)
          engine.after(
            prng.between(0, 9_000),
            `timer ${name}`,
            () => {
              if (world.awake.includes(instance)) tick(instance, name);
            },
            true,
          );
      await run(prng.pick([10_000, MINUTE]));
    }
  };
  let failure: Error | undefined;
  try {
    await work(prng.between(1, 6));
    let snapshot = world.tables.snapshot();
    let before = tails(world);
    const own = prng.fork('sleeper');
    const sleeper = own.chance(0.7) ? new Sleeper(world, own) : undefined;
    const rounds = prng.between(1, 6);
    await work(rounds - 1);
    sleeper?.growTired(() => {
      snapshot = world.tables.snapshot();
      before = tails(world);
    });
    await work(1);
    if (sleeper) await run(MINUTE);
    const past = tails(world);
    const lost = [...past]
      .filter(([key, { batchId }]) => batchId !== before.get(key)?.batchId)
      .map(([key]) => key);
    world.tables.rewind(snapshot);
    world.rewoundAt = engine.now;
    const wakesAt = sleeper?.sleepThrough(past) ?? 0;
    oracle.clients.rewinds++;
    trace.add(`${engine.now} storage goes back in time`);
    const watched = new Set(lost);
    watchOutwardCalls(world, oracle, watched);
    for (const request of clients.requests) request.stored = false;
    const postAgain = (from: Prng, within: number): void => {
      for (const request of clients.requests)
        engine.after(from.between(0, within), 'a client posts again', () => clients.repeat(request), true);
    };
    postAgain(prng, 3 * MINUTE);
    await work(8);
    if (sleeper) {
      while (engine.now < wakesAt) await work(1);
      postAgain(own, MINUTE);
      await work(3);
    }
    await run(HOPS_END_MS);
    for (const key of lost) checkHeld(world, key);
    sometimes.note('rewind: met by a warm writer', lost.length);
    await work(3);
    sometimes.note('rewind: outward hops held', lost.length);
    for (const organizationId of ORGANIZATIONS)
      engine.after(
        0,
        'the operator releases',
        () => {
          release(world, environmentId, organizationId).catch((error: unknown) => oracle.report(error));
        },
        true,
      );
    watched.clear();
    engine.faults = NO_FAULTS;
    await run(MINUTE);
    oracle.rethrow();
    await endWell({
      world,
      oracle,
      clients,
      expected: { mayBeUnknown: true, mayHaveLostLines: true },
      longTail: false,
    });
  } catch (error) {
    failure = oracle.failure ?? (error as Error);
  }
  const { calls, faults: happened } = engine.statistics;
  return {
    seed: `rewind ${seed}`,
    hash: trace.hash,
    steps: trace.steps,
    calls,
    faults: happened,
    checks: oracle.checks,
    sometimes: sometimes.toJSON(),
    failure,
    tail: trace.tail,
  };
}

async function release(world: World, environmentId: string, organizationId: string): Promise<void> {
  const [instance] = world.instances;
  const environment = await instance?.layer.environment(environmentId);
  if (instance && environment) await instance.layer.writer(environment, organizationId).release();
}

/** The last batch of each log. */
function tails(world: World): Map<string, { readonly tail: number; readonly batchId: string }> {
  return new Map(
    world.tables.partitions(LOG_TABLE).map((key) => {
      const { head } = viewLog(world.tables, key);
      const tail = head ? numberIn(head, 'tail') : 0;
      return [key, { tail, batchId: head && tail > 0 ? textIn(head, 'batchId') : '' }];
    }),
  );
}

function checkHeld(world: World, partitionKey: string): void {
  const { head } = viewLog(world.tables, partitionKey);
  if (head && textIn(head, 'epoch') === textIn(head, 'releasedEpoch'))
    throw new Violation(`${partitionKey} went back in time and is not held`);
}

function watchOutwardCalls(world: World, oracle: Oracle, watched: ReadonlySet<string>): void {
  const { observe } = world.tables;
  world.tables.observe = (table, partitionKey, changes) => {
    observe(table, partitionKey, changes);
    // Every call out is recorded first, in the row of its synchronization or of its package.
    const recorded = changes.find(
      ({ operation, before }) => before !== undefined && /^(sync|package|run)~/.test(operation.rowKey),
    );
    if (recorded && watched.has(partitionKey) && !world.hopsOutliveRewind)
      oracle.report(
        new Violation(
          `${partitionKey} went back in time, is not released, and ${recorded.operation.rowKey} moves`,
        ),
      );
  };
}
