/** Carries out a plan of havoc, each part in its own lane, and counts what was done. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Lane, Moment } from './havocPlan.ts';
import type { SoakSystem } from './soakSystem.ts';

export interface HavocCounts {
  readonly kills: Map<string, number>;
  readonly pauses: Map<string, number>;
  readonly cutOffs: Map<string, number>;
}

/**
 * Resolves when the time is over and there were as many kills as wanted, at the latest after twice the time; then all parts
 * run.
 */
export async function carryOutHavoc(
  system: SoakSystem,
  lanes: readonly Lane[],
  { durationMs, leastKills }: { readonly durationMs: number; readonly leastKills: number },
  counts: HavocCounts,
): Promise<void> {
  const start = performance.now();
  const isOver = (): boolean => {
    const passed = performance.now() - start;
    return passed > 2 * durationMs || (passed > durationMs && sumOf(counts.kills) >= leastKills);
  };
  const end = new AbortController();
  const watching = setInterval(() => {
    if (isOver()) end.abort();
  }, 100);
  await Promise.all(
    lanes.map(async ({ part, moments }) => {
      for (const moment of moments) {
        await delay(moment.afterMs, undefined, { signal: end.signal }).catch(() => undefined);
        if (end.signal.aborted) return;
        await carryOut(system, part, moment, counts);
      }
    }),
  ).finally(() => clearInterval(watching));
}

async function carryOut(
  system: SoakSystem,
  name: string,
  moment: Moment,
  counts: HavocCounts,
): Promise<void> {
  const part = system.parts.get(name);
  if (part === undefined) throw new Error(`no part ${name}`);
  switch (moment.kind) {
    case 'kill':
      count(counts.kills, name);
      await system.killAndStart(part);
      break;
    case 'pause':
      count(counts.pauses, name);
      part.signal('SIGSTOP');
      await delay(moment.forMs);
      part.signal('SIGCONT');
      break;
    case 'cutOff':
      count(counts.cutOffs, name);
      for (const link of system.linksTo(name)) link.setDown(true);
      await delay(moment.forMs);
      for (const link of system.linksTo(name)) link.setDown(false);
      break;
  }
}

export function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, each) => sum + each, 0);
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
