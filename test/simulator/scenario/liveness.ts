/**
 * The end of every run: faults stop, everybody who stood still wakes, everything that is still under way lands; then the
 * system must come to rest, the books must balance, and doing everything once more must change nothing.
 */
import { createHash } from 'node:crypto';
import { checkRest, type RestExpectations, unfinished } from '../checker/rest.ts';
import { LOG_TABLE } from '../checker/logView.ts';
import { documentOf, outcomeLines } from '../checker/rawRows.ts';
import { NO_FAULTS } from '../engine/faults.ts';
import { Violation } from '../engine/violation.ts';
import { HOUSEKEEPING, tick, TICKS } from '../host.ts';
import type { Oracle } from '../oracle.ts';
import type { Instance, World } from '../world.ts';
import { NO_QUEUE_TROUBLE } from '../models/queueModel.ts';
import { NO_IMPORT_TROUBLE } from '../models/importTrouble.ts';
import type { Clients } from './clients.ts';
import type { Humans } from './humans.ts';
import { allOn, changeSettings } from './operator.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Longer than any pause and any late landing. */
const EVERYTHING_LANDS_MS = 22 * DAY;
/** Ticks until then. */
const LANDING_ROUNDS = 11;
/** For so many minutes people go on deciding as often as before. */
const BUSY_MINUTES = 50;
/** Ticks within which the system must come to rest. */
const MOST_ROUNDS = 150;

export interface Ending {
  readonly world: World;
  readonly oracle: Oracle;
  readonly clients: Clients;
  readonly expected: RestExpectations;
  /** Whether anything that was started in the faulty phase may still wake or land much later. */
  readonly longTail: boolean;
  /** People who go on deciding until everything has landed. */
  readonly humans?: Humans;
  /** Days after which retention removes things; 0 never. */
  readonly retentionDays?: number;
}

export async function endWell(ending: Ending): Promise<void> {
  const { world, oracle, clients, expected, longTail, humans, retentionDays = 0 } = ending;
  const { engine } = world;
  engine.faults = NO_FAULTS;
  world.queue.trouble = NO_QUEUE_TROUBLE;
  world.queue.sendDisabledUntil = 0;
  world.queue.receiveDisabledUntil = 0;
  clients.habits = { lostAnswer: 0, givesUp: 0, doubleClick: 0, maxAttempts: 100 };
  for (const { supplyChain } of world.environments) supplyChain.trouble = NO_IMPORT_TROUBLE;
  const run = (milliseconds: number): Promise<void> =>
    engine.run(engine.now + milliseconds, () => oracle.failure !== undefined);
  const now = (label: string, act: () => void): void => engine.after(0, label, act, true);
  for (const { id } of world.environments)
    now('the operator switches everything on', () => void changeSettings(world, id, allOn));
  await run(MINUTE);
  world.finishUpgrade();
  const fresh = world.startInstance();
  // What was sent last may land within the hour, while people look into it already.
  for (let minute = 1; humans && minute <= BUSY_MINUTES; minute++)
    engine.after(minute * MINUTE, 'somebody decides', () => humans.act(), true);
  for (let round = 0; round < 4; round++) await tickAll(fresh, run, now, 3 * MINUTE);
  if (longTail)
    for (let round = 0; round < LANDING_ROUNDS; round++) {
      for (let times = 0; humans && times < 4; times++) {
        now('somebody decides', () => humans.act());
        await tickAll(fresh, run, now, 10 * MINUTE);
      }
      // Journals are looked at more often than they are posted.
      await tickAll(fresh, run, now, MINUTE);
      for (const { supplyChain } of world.environments) supplyChain.runPostingJob();
      await tickAll(fresh, run, now, EVERYTHING_LANDS_MS / LANDING_ROUNDS);
    }
  oracle.faultFree = true;
  const soon = [MINUTE, MINUTE, 2 * MINUTE, 10 * MINUTE, 20 * MINUTE, HOUR];
  const later = [MINUTE, 8 * DAY, HOUR, MINUTE, 8 * DAY, HOUR];
  for (let round = 0; ; round++) {
    oracle.rethrow();
    await tickAll(fresh, run, now, (round < 12 ? soon : later)[round % 6] ?? MINUTE);
    for (const { supplyChain } of world.environments) if (round % 6 === 5) supplyChain.runPostingJob();
    if (clients.open > 0 || world.queue.waiting > 0) {
      if (round < MOST_ROUNDS) continue;
      throw new Violation(
        `after ${round} rounds ${clients.open} requests and ${world.queue.waiting} messages are open`,
      );
    }
    const open = unfinished(oracle.evidence);
    if (open.length === 0) break;
    if (round >= MOST_ROUNDS) throw new Violation(`does not come to rest: ${open.slice(0, 5).join('; ')}`);
  }
  if (retentionDays > 0)
    for (let round = 0; round < 3; round++) {
      for (const name of Object.keys(HOUSEKEEPING)) now(`tick ${name}`, () => tick(fresh, name));
      await tickAll(fresh, run, now, retentionDays * DAY);
    }
  oracle.rethrow();
  checkRest(oracle.evidence, oracle.clients, expected);
  await checkStutter({ world, clients, oracle, run, now });
  oracle.rethrow();
  checkRest(oracle.evidence, oracle.clients, expected);
}

/** Runs every timer once on an instance, and lets time go on. */
async function tickAll(
  instance: Instance,
  run: (milliseconds: number) => Promise<void>,
  now: (label: string, act: () => void) => void,
  milliseconds: number,
): Promise<void> {
  for (const name of Object.keys(TICKS))
    now(`tick ${name} ${instance.process.name}`, () => tick(instance, name));
  await run(milliseconds);
}

/** Everything once more, by an instance that knows nothing: timers, all messages ever sent, all stored requests. */
async function checkStutter({
  world,
  clients,
  oracle,
  run,
  now,
}: Pick<Ending, 'world' | 'clients' | 'oracle'> & {
  run: (milliseconds: number) => Promise<void>;
  now: (label: string, act: () => void) => void;
}): Promise<void> {
  const before = stateOf(world);
  const cold = world.startInstance();
  for (const body of new Set(world.queue.sent)) world.queue.putIn(body);
  for (const request of clients.requests)
    if (request.stored) now('a client posts an old request again', () => clients.repeat(request));
  for (let round = 0; round < 3; round++) await tickAll(cold, run, now, 2 * MINUTE);
  oracle.rethrow();
  const after = stateOf(world);
  for (const [key, value] of after)
    if (before.get(key) !== value) throw new Violation(`doing everything again changed ${key}`);
  if (after.size !== before.size) throw new Violation('doing everything again removed rows');
}

/** How often a package was looked at says nothing about the books. */
const INCIDENTAL = ['polls', 'nextPollAt', 'lastError', 'queuedAt'];

function stateOf(world: World): Map<string, string> {
  const state = new Map<string, string>();
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  for (const partitionKey of world.tables.partitions(LOG_TABLE))
    for (const row of world.tables.query(LOG_TABLE, partitionKey, { from: ' ', before: '\uffff' })) {
      const name = `${partitionKey} ${row.rowKey}`;
      // Checkpoints are derived, written and merged whenever somebody comes to it.
      if (row.rowKey.startsWith('checkpoint~')) continue;
      if (row.rowKey.startsWith('package~')) {
        const document = { ...documentOf(row) };
        for (const property of INCIDENTAL) delete document[property];
        state.set(name, digest(JSON.stringify(document)));
      } else if (row.rowKey.startsWith('outcome~'))
        state.set(name, digest(JSON.stringify(outcomeLines(row))));
      else state.set(name, row.etag);
    }
  for (const { id, inventoryVisibility, supplyChain } of world.environments) {
    for (const [event, { times }] of inventoryVisibility.applied)
      state.set(`${id} event ${event}`, times.join());
    for (const [line, erp] of supplyChain.state.lines) state.set(`${id} line ${line}`, JSON.stringify(erp));
    state.set(`${id} messages`, String(supplyChain.state.messages.size));
  }
  return state;
}
