/** Carries out a plan of havoc, each part in its own lane, and counts what was done. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Lane, Moment } from './havocPlan.ts';
import type { SoakSystem } from './soakSystem.ts';

export interface HavocCounts {
  readonly kills: Map<string, number>;
  readonly pauses: Map<string, number>;
  readonly cutOffs: Map<string, number>;
}

/** Resolves when every lane has come to its end or the time is over; then all parts run. */
export async function carryOutHavoc(
  system: SoakSystem,
  lanes: readonly Lane[],
  durationMs: number,
  counts: HavocCounts,
): Promise<void> {
  const start = performance.now();
  await Promise.all(
    lanes.map(async (lane) => {
      for (const moment of lane.moments) {
        await delay(Math.max(0, start + moment.at - performance.now()));
        // A lane that has fallen behind leaves out what is left.
        if (performance.now() - start > durationMs) return;
        await carryOut(system, lane.part, moment, counts);
      }
    }),
  );
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

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
