/** How often the interesting states were reached: a state that no run reaches proves nothing about the product. */
export const SOMETIMES = [
  'append: acknowledgement lost',
  'append: another instance was first',
  'append: several requests in one batch',
  'checkpoint written',
  'checkpoint removed',
  'write landed late',
  'write landed late and was refused',
  'instance crashed',
  'instance paused for more than a day',
  'zombie: its seal was refused',
  'zombie: its transaction was refused',
  'zombie: its call met an expired token',
  'http: duplicate answered',
  'http: conflict answered',
  'http: refused lines answered',
  'http: duplicate answered by another instance',
  'http: duplicate of a line that settings now refuse',
  'sync: inline',
  'sync: inline one continued by another',
  'sync: answer lost',
  'sync: some results missing or failed',
  'sync: parked as refused',
  'sync: parked as unknown',
  'sync: bisection isolated a line',
  'sync: known event refused',
  'sync: call with a known event refused',
  'sync: several calls in one',
  'run: two instances computed it',
  'run: several batches',
  'run: line not synchronized, sum zero',
  'run: line held',
  'run: lines that no journal takes',
  'run: opposite direction',
  'queue: message lost',
  'queue: message doubled',
  'queue: message late',
  'queue: message redelivered',
  'queue: message dead-lettered',
  'queue: completion lost',
  'queue: message for a package already sent',
  'package: no effect, postponed',
  'package: outcome unknown, waited',
  'package: sent again as lost',
  'package: left to a human as unknown',
  'package: stale answer discarded',
  'package: answer to an earlier submission',
  'package: answer when it was settled',
  'package: stopped by the emergency stop',
  'scm: package worked on beyond its token',
  'scm: import in parts with errors',
  'scm: import failed as a whole',
  'scm: import canceled half-way',
  'scm: import run again by itself',
  'scm: lines deleted after posting',
  'scm: line met by a second submission',
  'track: created',
  'track: creation failed',
  'track: posted',
  'track: not posted in time',
  'track: creation failed, found later',
  'settings changed',
  'redrive: line driven again',
  'redrive: driven again and refused again',
  'redrive: verdict applied',
  'redrive: verdict not applied',
  'decision: sent again',
  'decision: corrected',
  'decision: closed',
  'decision: closed, and run again by hand at SCM',
  'decision: judged posted',
  'decision: judged not posted',
  'decision: refused while SCM may work on a package',
  'decision: reversed',
  'retention: batch removed',
  'retention: batch removed amid faults',
  'retention: a writer woke past it',
  'retention: given-up attempt removed',
  'retention: kept what is over in a package that is not settled',
  'audit: made',
  'upgrade: two versions at work',
  'upgrade: older instance met newer rows',
  'rewind: met by a warm writer',
  'rewind: a checkpoint of what is gone was on its way',
  'rewind: a run was being computed',
  'rewind: met in a log that had grown past it',
  'rewind: outward hops held',
] as const;

export type Sometimes = (typeof SOMETIMES)[number];

export class SometimesCounters {
  readonly #counts = new Map<Sometimes, number>();

  note(what: Sometimes, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  get(what: Sometimes): number {
    return this.#counts.get(what) ?? 0;
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  add(counts: Readonly<Record<string, number>>): void {
    for (const [what, count] of Object.entries(counts)) this.note(what as Sometimes, count);
  }

  get never(): Sometimes[] {
    return SOMETIMES.filter((what) => this.get(what) === 0);
  }
}
