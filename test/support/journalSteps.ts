/** Steps of the hops behind the cache, and what is known of a package, for tests. */
import { packageJournals } from '../../shared/packaging/packageJournals.ts';
import { syncCache } from '../../shared/cacheSync/syncCache.ts';
import type { LineOutcome } from '../../shared/log/packageOutcome.ts';
import type { PackageState } from '../../shared/log/packageRow.ts';
import { loadPackage } from '../../shared/posting/loadPackage.ts';
import { postJournalPackage } from '../../shared/posting/postJournalPackage.ts';
import { trackJournals } from '../../shared/tracking/trackJournals.ts';
import { ENVIRONMENT_ID } from './localSettings.ts';
import { LOG, type ScriptedLayer } from './scriptedLayer.ts';
import type { SentPackage } from './scriptedPorts.ts';

export async function syncAndPackage(instance: ScriptedLayer): Promise<void> {
  const when = { due: true, deadline: instance.later };
  await syncCache(await instance.syncDependencies(), when);
  await packageJournals(await instance.journalDependencies(), (await instance.environment()).settings, when);
}

/** A message about the package arrives. */
export async function postPackage(instance: ScriptedLayer, number = 1, run = 1): Promise<void> {
  const message = { environmentId: ENVIRONMENT_ID, organizationKey: 'USMF', run, package: number };
  await postJournalPackage(await instance.journalDependencies(), message);
}

/** Stores, synchronizes, packages and sends lines; resolves with what was sent. */
export async function sendLines(
  instance: ScriptedLayer,
  lines: readonly Readonly<Record<string, unknown>>[],
): Promise<SentPackage> {
  await instance.results(lines);
  await syncAndPackage(instance);
  await postPackage(instance);
  const sent = instance.ends.supplyChain.sent.at(-1);
  if (sent === undefined) throw new Error('nothing was sent');
  return sent;
}

/** Delivers the messages that are due, each once, until `end`; the clock goes from one to the next. */
export async function deliverUntil(instance: ScriptedLayer, end: number): Promise<void> {
  const { clock, queue } = instance.ends;
  const dependencies = await instance.journalDependencies();
  for (;;) {
    const waiting = queue.sent.splice(0).sort((a, b) => (a.notBefore ?? 0) - (b.notBefore ?? 0));
    const [next, ...others] = waiting;
    queue.sent.push(...others);
    if (next === undefined) return;
    if ((next.notBefore ?? 0) > end) {
      queue.sent.push(next);
      return;
    }
    clock.advance(Math.max(0, (next.notBefore ?? 0) - clock.now()));
    // A delivery that throws would be repeated at once, and end in the dead-letter queue.
    await postJournalPackage(dependencies, next.message);
  }
}

/** A tick of tracking, `later` milliseconds from now. */
export async function track(instance: ScriptedLayer, later = 15_000): Promise<void> {
  instance.ends.clock.advance(later);
  await trackJournals(await instance.journalDependencies(), instance.later);
}

export interface KnownPackage {
  readonly state: PackageState;
  readonly lines: readonly LineOutcome[];
}

export async function knownPackage(instance: ScriptedLayer, number = 1, run = 1): Promise<KnownPackage> {
  const loaded = await loadPackage(instance.tables, LOG, run, number);
  if (loaded === undefined) throw new Error(`run ${run} has no package ${number}`);
  return { state: loaded.stored.state, lines: loaded.outcome.outcome.lines() };
}

/** Statuses of a package's lines, in order. */
export async function statusesOf(instance: ScriptedLayer, number = 1, run = 1): Promise<string[]> {
  return (await knownPackage(instance, number, run)).lines.map(({ status }) => status);
}
