/**
 * A small scenario, carried out step by step, with given faults at given calls: two legal entities, a posted twin, a line
 * that the cache refuses, a sum of zero, a held line, an inline synchronization, sending, tracking, posting.
 */
import type { ClientLine } from '../checker/answers.ts';
import { scriptedFaults, type Fault, type FaultKind } from '../engine/faults.ts';
import { Trace } from '../engine/trace.ts';
import { connectQueue, tick } from '../host.ts';
import { Oracle } from '../oracle.ts';
import type { InventoryVisibilityOptions } from '../models/inventoryVisibilityModel.ts';
import type { ImportTrouble } from '../models/importTrouble.ts';
import type { SupplyChainOptions } from '../models/supplyChainModel.ts';
import type { Plant } from '../plant.ts';
import { type Instance, World } from '../world.ts';
import { Clients } from './clients.ts';
import { countInterestingStates } from './counters.ts';
import { BAD_FOR_IV, BAD_FOR_SCM } from './lines.ts';
import { endWell } from './liveness.ts';
import { ENVIRONMENT_IDS, PLAIN_CHOICE, SCM_URL, settingsDocument } from './settingsDocument.ts';
import type { RunResult } from './swarm.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface SweepCall {
  readonly number: number;
  readonly port: string;
  readonly label: string;
  readonly writes: boolean;
}

export interface SweepResult extends RunResult {
  /** The calls of the scenario itself, without the phase that follows it. */
  readonly scenario: readonly SweepCall[];
}

/** The world otherwise than it is assumed to be. */
export interface OtherWorld {
  /** Storage loses the first request, at a time when no instance is at work that could notice. */
  readonly storageGoesBack?: true;
  readonly inventoryVisibility?: Partial<InventoryVisibilityOptions>;
  readonly supplyChain?: Partial<SupplyChainOptions>;
  readonly imports?: Partial<ImportTrouble>;
}

interface SweepOptions {
  readonly plant?: Plant;
  readonly write?: (line: string) => void;
  readonly others?: OtherWorld;
}

/** `small`: the scenario above. `tiny`: one line from the door to the ERP. `pair`: small, each timer in two instances at once. */
export type SweepScenario = 'small' | 'tiny' | 'pair';

const POSTING = { createWithIVSync: false, validateOnly: false, lenient: false };

export async function runSweep(
  scenario: SweepScenario,
  script: ReadonlyMap<number, Fault>,
  { plant, write, others = {} }: SweepOptions = {},
): Promise<SweepResult> {
  const trace = new Trace(write);
  const [environmentId] = ENVIRONMENT_IDS;
  const world = await World.create({
    seed: `sweep ${scenario}`,
    trace,
    environments: [settingsDocument(environmentId, PLAIN_CHOICE)],
    inventoryVisibility: {
      tokenLifetimeMs: HOUR,
      processingBoundMs: 300_000,
      rememberedMs: 24 * HOUR,
      refusedPrefix: BAD_FOR_IV,
      refusesWholeCalls: false,
      wronglyRefused: 0,
      ...others.inventoryVisibility,
    },
    supplyChain: {
      address: SCM_URL,
      tokenLifetimeMs: HOUR,
      processingBoundMs: 300_000,
      deletesLinesAfterPosting: false,
      refusedPrefix: BAD_FOR_SCM,
      longestImportDelayMs: 5_000,
      ...others.supplyChain,
    },
    longestSkewMs: 0,
    ...(plant ? { plant } : {}),
  });
  for (const { supplyChain } of world.environments)
    supplyChain.trouble = { ...supplyChain.trouble, ...others.imports };
  const oracle = new Oracle(world, 25);
  connectQueue(world);
  countInterestingStates(world);
  const clients = new Clients(world, oracle);
  clients.habits = { lostAnswer: 0, givesUp: 0, doubleClick: 0, maxAttempts: 100 };
  const calls: SweepCall[] = [];
  const faults = scriptedFaults(script);
  world.engine.faults = {
    next: (call) => {
      calls.push({ number: call.number, port: call.port, label: call.label, writes: call.writes });
      return faults.next(call);
    },
  };
  let failure: Error | undefined;
  try {
    await carryOut(world, oracle, clients, { scenario, environmentId, others });
    oracle.rethrow();
    await endWell({
      world,
      oracle,
      clients,
      expected: { mayBeUnknown: false, mayHaveLostLines: false },
      longTail: [...script.values()].some(({ milliseconds }) => milliseconds >= HOUR),
    });
  } catch (error) {
    failure = oracle.failure ?? (error as Error);
  }
  const { statistics } = world.engine;
  return {
    seed: `${scenario} ${JSON.stringify([...script])}`,
    hash: trace.hash,
    steps: trace.steps,
    calls: statistics.calls,
    faults: statistics.faults,
    checks: oracle.checks,
    sometimes: world.sometimes.toJSON(),
    failure,
    tail: trace.tail,
    scenario: calls,
  };
}

async function carryOut(
  world: World,
  oracle: Oracle,
  clients: Clients,
  { scenario, environmentId, others }: { scenario: SweepScenario; environmentId: string; others: OtherWorld },
): Promise<void> {
  const { engine } = world;
  const beginning = world.tables.snapshot();
  const count = scenario === 'pair' ? 2 : 1;
  const step = async (label: string, act: (instances: readonly Instance[]) => void): Promise<void> => {
    engine.after(
      0,
      label,
      () => {
        while (world.awake.length < count) world.startInstance();
        act(world.awake.slice(-count));
      },
      true,
    );
    await engine.run(engine.now + MINUTE, () => oracle.failure !== undefined);
  };
  const timer = (name: string): Promise<void> =>
    step(`timer ${name}`, (instances) => instances.forEach((instance) => tick(instance, name)));
  const [first, second] = scenario === 'tiny' ? [[TINY], undefined] : [FIRST, SECOND];
  await step('a client posts', () => clients.send(environmentId, first, POSTING));
  if (others.storageGoesBack) {
    world.tables.rewind(beginning);
    world.alive.forEach(({ process }) => process.crash());
  }
  if (second)
    await step('a client posts, synchronized at once', () =>
      clients.send(environmentId, second, { ...POSTING, createWithIVSync: true }),
    );
  await timer('syncCache');
  await timer('packageJournals');
  await timer('trackJournals');
  await step('the posting job runs', () =>
    world.environments.forEach(({ supplyChain }) => supplyChain.runPostingJob()),
  );
  await timer('trackJournals');
}

function line(id: string, changes: Partial<ClientLine> = {}): ClientLine {
  return {
    id,
    organizationId: 'USMF',
    productId: 'A100',
    quantityDataSource: '@iv',
    physicalMeasure: 'adjustment',
    quantity: '2.5',
    dimensions: { siteId: '1', locationId: '13' },
    ...changes,
  };
}

const TINY = line('1-1');
const FIRST: readonly ClientLine[] = [
  line('1-1'),
  line('1-2', { productId: 'B200' }),
  line('1-3', { productId: 'B200', quantity: '-2.5' }),
  line('1-4', { productId: BAD_FOR_IV }),
  line('1-5', { quantityDataSource: 'pos', physicalMeasure: 'counted' }),
  line('1-6', { organizationId: 'DEMF', quantityDataSource: 'pos', physicalMeasure: 'sold', quantity: '3' }),
];
const SECOND: readonly ClientLine[] = [
  line('1-1'),
  line('2-1', { quantity: '0.1' }),
  line('2-2', { quantity: '0.2' }),
];

/** Everything that can be done to a call, by what the call is. */
export function faultsFor({ port, writes }: SweepCall): Fault[] {
  const of = (kind: FaultKind, ...lengths: number[]): Fault[] =>
    lengths.map((milliseconds) => ({ kind, milliseconds }));
  return [
    ...of('failBefore', 0),
    ...of('delay', 8_000),
    ...of('crashBefore', 0),
    ...of('pauseBefore', 5 * MINUTE, 3 * DAY),
    ...(writes ? of('failAfter', 0) : []),
    ...(writes ? of('landLate', 1_000, 10 * MINUTE, 3 * DAY) : []),
    ...(writes ? of('crashAfter', 0) : []),
    ...of('pauseAfter', 5 * MINUTE, 3 * DAY),
    ...(port === 'iv' && writes ? of('odd', 0) : []),
  ];
}

/** Those of {@link faultsFor} that pairs are made of. */
export function pairFaultsFor(call: SweepCall): Fault[] {
  const short: readonly FaultKind[] = ['failBefore', 'failAfter', 'crashBefore', 'crashAfter'];
  return faultsFor(call).filter(
    ({ kind, milliseconds }) =>
      short.includes(kind) ||
      (kind === 'landLate' && milliseconds === 10 * MINUTE) ||
      (kind === 'pauseBefore' && milliseconds === 5 * MINUTE),
  );
}
