/**
 * One run of the swarm: settings, fault rates, load and misfortunes are drawn from the seed; a faulty phase, in which
 * nothing may ever be wrong, and then a phase without faults, in which everything must come right.
 */
import { drawnRates, type Outage, randomFaults, withSendTrouble } from '../engine/faults.ts';
import { Trace } from '../engine/trace.ts';
import { connectQueue, tick, TICKS } from '../host.ts';
import { Oracle } from '../oracle.ts';
import { Prng } from '../engine/prng.ts';
import type { Plant } from '../plant.ts';
import { World } from '../world.ts';
import { Clients } from './clients.ts';
import { countInterestingStates } from './counters.ts';
import { BAD_FOR_IV, BAD_FOR_SCM, drawnLine } from './lines.ts';
import { Humans } from './humans.ts';
import { LongQuiet } from './longQuiet.ts';
import { planPeople } from './people.ts';
import { endWell } from './liveness.ts';
import { changeLineDeletion, changeSettings, drawnChange } from './operator.ts';
import {
  drawnChoice,
  drawnIdIndex,
  ENVIRONMENT_IDS,
  SCM_URL,
  type SettingsChoice,
  settingsDocument,
} from './settingsDocument.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** IV is taken to remember ids longer than the settings say, by more than clocks differ. */
const MEMORY_MARGIN_MS = 2 * MINUTE;
/** Where timers tick more often than this, a run is shorter, and has as many ticks. */
const SLOW_PACE_MS = 20_000;
/** As few days as the settings allow. */
const RETENTION_DAYS = 35;

export interface RunResult {
  readonly seed: string;
  readonly hash: string;
  readonly steps: number;
  readonly calls: number;
  readonly faults: number;
  readonly checks: number;
  readonly sometimes: Readonly<Record<string, number>>;
  readonly failure: Error | undefined;
  readonly tail: readonly string[];
}

export interface RunOptions {
  readonly plant?: Plant;
  readonly write?: (line: string) => void;
}

export async function runSwarm(seed: string, { plant, write }: RunOptions = {}): Promise<RunResult> {
  const prng = new Prng(`swarm ${seed}`);
  const trace = new Trace(write);
  const choice = drawnChoice(prng);
  const deletesLines =
    choice.linesDeletedAfterPosting === 'yes' ||
    (choice.linesDeletedAfterPosting === 'unknown' && prng.chance(0.5));
  const tokenLifetimeMs = prng.pick([5 * MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR]);
  const processingBoundMs = choice.processingBoundSeconds * 1000;
  const longestSkewMs = prng.pick([0, 0, 2_000, 30_000, 3 * HOUR]);
  // Drawn on their own, so that they move nothing else.
  const isTidied = prng.fork('retention').chance(0.3);
  const areAtWork = prng.fork('humans').chance(0.4);
  const environmentIds = prng.chance(0.15) ? ENVIRONMENT_IDS : ENVIRONMENT_IDS.slice(0, 1);
  const world = await World.create({
    seed,
    trace,
    environments: environmentIds.map((id) => ({
      ...settingsDocument(id, choice),
      ...(isTidied ? { retention: { days: RETENTION_DAYS } } : {}),
    })),
    inventoryVisibility: {
      tokenLifetimeMs,
      processingBoundMs,
      rememberedMs: prng.chance(0.1)
        ? Infinity
        : choice.eventIdWindowHours * HOUR + MEMORY_MARGIN_MS + 2 * longestSkewMs,
      refusedPrefix: BAD_FOR_IV,
      refusesWholeCalls: prng.chance(0.5),
      wronglyRefused: prng.pick([0, 0, 0.1]),
      // What it answers there is nowhere documented.
      knownEvent: prng
        .fork('known events')
        .pick(['saidAgain', 'saidAgain', 'saidAgain', 'refused', 'callRefused']),
    },
    supplyChain: {
      address: SCM_URL,
      tokenLifetimeMs,
      processingBoundMs,
      deletesLinesAfterPosting: deletesLines,
      refusedPrefix: BAD_FOR_SCM,
      longestImportDelayMs: prng.pick([10_000, 10 * MINUTE, 3 * HOUR]),
    },
    longestSkewMs,
    idIndex: drawnIdIndex(prng),
    ...(plant ? { plant } : {}),
  });
  const oracle = new Oracle(world, prng.pick([60, 150, 400]));
  connectQueue(world);
  countInterestingStates(world);
  const clients = new Clients(world, oracle);
  const humans = areAtWork ? new Humans(world, oracle) : undefined;
  const result = (failure: Error | undefined): RunResult => ({
    seed,
    hash: trace.hash,
    steps: trace.steps,
    calls: world.engine.statistics.calls,
    faults: world.engine.statistics.faults,
    checks: oracle.checks,
    sometimes: world.sometimes.toJSON(),
    failure,
    tail: trace.tail,
  });
  try {
    const quiet = new LongQuiet();
    const pace = planFaultyPhase(world, clients, prng, environmentIds, choice, quiet);
    planPeople(world, prng, { humans, isTidied, quiet });
    const length = prng.pick([20 * MINUTE, HOUR, 3 * HOUR]) * Math.min(1, pace / SLOW_PACE_MS);
    const failed = (): boolean => oracle.failure !== undefined;
    await world.engine.run(world.engine.now + length, failed);
    const quietly = prng.fork('quiet');
    if (isTidied && quietly.chance(0.5)) {
      await quiet.pass(world, quietly, pace, failed);
      await world.engine.run(world.engine.now + length / 2, failed);
    }
    oracle.rethrow();
    await endWell({
      world,
      oracle,
      clients,
      expected: { mayBeUnknown: true, mayHaveLostLines: false },
      longTail: true,
      ...(humans ? { humans } : {}),
      retentionDays: isTidied ? RETENTION_DAYS : 0,
    });
    return result(oracle.failure);
  } catch (error) {
    return result(oracle.failure ?? (error as Error));
  }
}

/** Returns how long after each other timers tick. */
function planFaultyPhase(
  world: World,
  clients: Clients,
  prng: Prng,
  environmentIds: readonly string[],
  choice: SettingsChoice,
  quiet: LongQuiet,
): number {
  const { engine } = world;
  const rates = drawnRates(prng);
  const byChance = randomFaults(prng.fork('faults'), rates, () => engine.now, drawnOutages(prng, engine.now));
  const sends = prng.fork('late sends');
  const ofSends = { late: sends.pick([0, 0.3, 0.6]), asleep: sends.fork('sleepers').pick([0, 0, 0.1, 0.3]) };
  engine.faults = quiet.faults(withSendTrouble(byChance, sends, ofSends));
  const trouble = (most: number): number => (prng.chance(0.5) ? 0 : prng.fraction() * most);
  world.queue.trouble = {
    lost: trouble(0.4),
    doubled: trouble(0.4),
    late: trouble(0.4),
    completionLost: trouble(0.4),
  };
  for (const { supplyChain } of world.environments)
    supplyChain.trouble = {
      importedTwice: trouble(0.4),
      failsWhole: trouble(0.4),
      canceled: trouble(1),
      failsLine: trouble(0.2),
      stuckJournal: trouble(0.6),
      runsAgainAfterFailure: 0.4 + trouble(0.6),
      statusUnknown: trouble(0.5),
    };
  world.queue.maxDeliveries = prng.pick([1, 2, 10]);
  const count = prng.between(2, 4);
  for (let index = 0; index < count; index++) world.startInstance();
  const organizations = ['USMF', 'DEMF', 'Ö-1'].slice(0, prng.between(1, 3));
  const every = (
    name: string,
    [least, most]: readonly [number, number],
    act: () => void,
    slowest = Infinity,
  ): void => {
    const own = prng.fork(name);
    const plan = (): void =>
      engine.after(
        own.between(least, most) * Math.min(slowest, quiet.slowness),
        name,
        () => {
          if (engine.faults === faults) {
            act();
            plan();
          }
        },
        true,
      );
    plan();
  };
  const { faults } = engine;
  const pace = prng.pick([5_000, 20_000, 60_000]);
  for (const name of Object.keys(TICKS)) {
    const own = prng.fork(`which ${name}`);
    every(`timer ${name}`, [pace, 3 * pace], () => {
      if (own.chance(0.05) || world.awake.length === 0) return;
      tick(own.pick(world.awake), name);
      if (own.chance(0.15) && world.awake.length > 0) tick(own.pick(world.awake), name);
    });
  }
  const lines = prng.fork('lines');
  const journalsAreLong = choice.maxLineCountPerJournal >= 1_000;
  let requests = 0;
  const most = prng.between(5, 30);
  every('a client posts', [200, 2 * pace], () => {
    if (requests >= most) return;
    const number = ++requests;
    // More lines than one call to the cache takes; not where each of them would make a package of its own.
    const isLarge = lines.chance(0.03) && journalsAreLong;
    const size = isLarge ? 700 : lines.between(1, 6);
    const posted = Array.from({ length: size }, (_, index) => {
      const reused = lines.chance(0.04) && requests > 1 ? lines.between(1, requests) : number;
      return drawnLine(lines, lines.pick(organizations), `${reused}-${index + 1}`);
    });
    clients.send(lines.pick(environmentIds), posted, {
      createWithIVSync: lines.chance(0.25),
      validateOnly: lines.chance(0.03),
      lenient: lines.chance(0.2),
    });
  });
  const repeats = prng.fork('repeats');
  every('an old request comes back', [pace, 20 * pace], () => {
    if (clients.requests.length > 0) clients.repeat(repeats.pick(clients.requests));
  });
  const starts = prng.fork('starts');
  every('instances are replaced', [MINUTE, 3 * MINUTE], () => {
    while (world.awake.length < count) world.startInstance();
    if (starts.chance(0.1) && world.awake.length > 0) starts.pick(world.awake).process.crash();
  });
  const stale = prng.fork('stale messages');
  every('somebody sends an old message again', [2 * MINUTE, 15 * MINUTE], () => {
    if (world.queue.sent.length > 0) world.queue.putIn(stale.pick(world.queue.sent));
  });
  const changes = prng.fork('changes');
  const often = prng.pick([0, 10 * MINUTE, 30 * MINUTE]);
  if (often > 0)
    every('the operator changes settings', [often / 4, often], () => {
      void changeSettings(world, changes.pick(environmentIds), drawnChange(changes));
    });
  const stops = prng.fork('stops');
  if (prng.chance(0.3))
    every('the queue is switched off for a while', [5 * MINUTE, 30 * MINUTE], () => {
      const until = engine.now + 2 * MINUTE;
      const side = stops.pick(['both', 'send', 'receive']);
      if (side !== 'receive') world.queue.sendDisabledUntil = until;
      if (side !== 'send') world.queue.receiveDisabledUntil = until;
    });
  if (prng.chance(0.15))
    engine.after(
      prng.between(MINUTE, HOUR),
      'SCM is set to keep or delete lines',
      () => changeLineDeletion(world, choice.linesDeletedAfterPosting === 'no'),
      true,
    );
  if (prng.chance(0.15))
    engine.after(prng.between(MINUTE, 40 * MINUTE), 'the next version is rolled out', () => {
      world.upgrade = 'under way';
      world.sometimes.note('upgrade: two versions at work');
    });
  const clocks = prng.fork('clocks');
  const { longestSkewMs } = world.options;
  if (longestSkewMs > 0)
    every('a clock is set', [10 * MINUTE, HOUR], () => {
      if (world.awake.length > 0)
        clocks.pick(world.awake).process.skew = clocks.between(-longestSkewMs, longestSkewMs);
    });
  const post = (): void => world.environments.forEach(({ supplyChain }) => supplyChain.runPostingJob());
  // Once a day at least: what is not posted within a month is not looked for any more.
  every('the posting job runs', [20 * MINUTE, HOUR], post, 24);
  return pace;
}

/** Now and then a port is as good as away for some minutes. */
function drawnOutages(prng: Prng, start: number): Outage[] {
  const own = prng.fork('outages');
  if (own.chance(0.6)) return [];
  return Array.from({ length: own.between(1, 4) }, (): Outage => {
    const from = start + own.between(0, HOUR);
    const length = own.pick([20_000, 2 * MINUTE, 10 * MINUTE]);
    return { port: own.pick(['tables', 'iv', 'scm', 'queue'] as const), from, until: from + length };
  });
}
