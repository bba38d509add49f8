/**
 * One soak: clients post while everything is killed, paused and cut off; then the faults stop, everything has to come to
 * rest, the checker looks at it, and doing it all once more has to change nothing.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { unfinished } from '../simulator/checker/rest.ts';
import { Prng } from '../simulator/engine/prng.ts';
import { carryOutHavoc, type HavocCounts, sumOf } from './havoc.ts';
import { havocPlan } from './havocPlan.ts';
import {
  changedRows,
  checkAtRest,
  countLines,
  gatherEvidence,
  packagesText,
  unresolvedLines,
  type SoakBooks,
  type SoakEvidence,
} from './soakChecks.ts';
import { SoakClients } from './soakClients.ts';
import { SoakSystem } from './soakSystem.ts';

export interface SoakShape {
  readonly seed: number;
  readonly hosts: number;
  readonly clients: number;
  /** How long the faults last, or longer until there were `leastKills`. */
  readonly havocMs: number;
  /** How long everything may take to come to rest then. */
  readonly restMs: number;
  readonly pace: number;
  readonly leastKills: number;
  readonly hostPeaceMs: number;
  readonly otherPeaceMs: number;
  readonly longPauseMs: readonly [number, number];
  readonly azuritePeaceMs: number;
  readonly longAzuritePauseMs: readonly [number, number];
  readonly holdMs: readonly [number, number];
  /** Keeps what everything stands in, also when nothing is wrong. */
  readonly keepsFolder?: boolean;
  readonly report: (line: string) => void;
  /** Told as soon as there are processes. */
  readonly onSystem?: (system: SoakSystem) => void;
}

export interface SoakResult {
  readonly havoc: HavocCounts;
  /** By link and fault. */
  readonly faults: ReadonlyMap<string, number>;
  readonly requests: number;
  readonly counts: SoakClients['counts'];
  /** Why tries of clients decided nothing. */
  readonly reasons: SoakClients['reasons'];
  readonly books: SoakBooks | undefined;
  readonly violations: readonly string[];
  /** Where everything can be looked at, when something is wrong. */
  readonly folder: string | undefined;
}

/** Share of requests that meet a fault on their way, by the end of the link's name. */
const RATES: readonly (readonly [RegExp, number])[] = [
  [/-azurite$/, 0.006],
  [/-dynamics$/, 0.04],
  [/-broker$/, 0.004],
  [/^clients-/, 0.06],
];
const PROGRESS_MS = 5_000;
const LOOK_AGAIN_MS = 700;
/** Longer than packages are watched after they were sent. */
const PACKAGES_ARE_OLD_MS = 31 * 24 * 3_600_000;
/** Old requests that are posted once more in the end. */
const REPEATED = 100;

export async function runSoak(shape: SoakShape): Promise<SoakResult> {
  const { report } = shape;
  const prng = new Prng(`soak ${shape.seed}`);
  const system = await SoakSystem.start({ ...shape, prng: prng.fork('links') });
  let isWrong = true;
  try {
    shape.onSystem?.(system);
    const soak = new Soak(shape, prng, system);
    const result = await soak.run();
    isWrong = result.violations.length > 0 || shape.keepsFolder === true;
    return { ...result, folder: isWrong ? system.folder : undefined };
  } catch (error) {
    report(`everything stands in ${system.folder}`);
    throw error;
  } finally {
    await system.close({ keepFolder: isWrong });
  }
}

class Soak {
  readonly #shape: SoakShape;
  readonly #prng: Prng;
  readonly #system: SoakSystem;
  readonly #clients: SoakClients;
  readonly #havoc: HavocCounts = { kills: new Map(), pauses: new Map(), cutOffs: new Map() };
  readonly #begin = performance.now();

  constructor(shape: SoakShape, prng: Prng, system: SoakSystem) {
    this.#shape = shape;
    this.#prng = prng;
    this.#system = system;
    this.#clients = new SoakClients(prng.fork('clients'), {
      hosts: Array.from({ length: shape.hosts }, (_, host) => system.hostUrl(host)),
      token: () => system.token(),
    });
  }

  async run(): Promise<Omit<SoakResult, 'folder'>> {
    const posting = await this.#havocPhase();
    const violations: string[] = [];
    let evidence: SoakEvidence | undefined;
    try {
      await this.#within('every request is answered', posting);
      await this.#untilAtRest(
        'everything is where it belongs',
        (open) => !/^package .* is Enqueued$/.test(open),
      );
      this.#say('31 days later');
      await this.#system.setClocksAhead(PACKAGES_ARE_OLD_MS);
      this.#clients.forgetToken();
      evidence = await this.#untilAtRest('every run is closed', () => true);
      violations.push(...checkAtRest(evidence, this.#clients));
      this.#say(`checked; doing it again`);
      violations.push(...(await this.#doItAgain(evidence)));
    } catch (error) {
      violations.push(error instanceof Error ? error.message : String(error));
    }
    await this.#writeRecord(evidence);
    return {
      havoc: this.#havoc,
      faults: this.#faults(),
      requests: this.#clients.requests.length,
      counts: this.#clients.counts,
      reasons: this.#clients.reasons,
      books: evidence && countLines(evidence),
      violations,
    };
  }

  /** The clients' record beside the other parts' data, for who looks into what is wrong. */
  async #writeRecord(evidence: SoakEvidence | undefined): Promise<void> {
    const requests = this.#clients.requests.map(({ answers, ...request }) => ({
      ...request,
      answers: answers.map(({ answer, knownAtStart }) => ({ answer, knownAtStart: [...knownAtStart] })),
    }));
    const text = requests.map((request) => `${JSON.stringify(request)}\n`).join('');
    await writeFile(join(this.#system.folder, 'requests.jsonl'), text);
    if (evidence) await writeFile(join(this.#system.folder, 'packages.json'), packagesText(evidence));
  }

  /** Resolves when the faults are over; what it returns, when the clients are done. */
  async #havocPhase(): Promise<Promise<void>[]> {
    const { clients, havocMs, leastKills } = this.#shape;
    const lanes = havocPlan(this.#prng.fork('havoc'), this.#shape);
    for (const [name, link] of this.#system.links)
      link.rate = RATES.find(([ending]) => ending.test(name))?.[1] ?? 0;
    const posting = this.#clients.run(clients);
    const progress = setInterval(() => this.#sayProgress(), PROGRESS_MS);
    try {
      await carryOutHavoc(this.#system, lanes, { durationMs: havocMs, leastKills }, this.#havoc);
    } finally {
      clearInterval(progress);
    }
    for (const link of this.#system.links.values()) link.heal();
    this.#clients.stop();
    this.#sayProgress();
    return [posting];
  }

  async #within(what: string, work: readonly Promise<void>[]): Promise<void> {
    const over = new AbortController();
    const tooLate = delay(this.#shape.restMs, undefined, { signal: over.signal }).then(() => {
      throw new Error(`waited in vain until ${what}`);
    });
    await Promise.race([Promise.all(work), tooLate]).finally(() => {
      tooLate.catch(() => undefined);
      over.abort();
    });
  }

  /** Waits until nothing that counts is open any more. Rows are read while they move, so a first violation may be none. */
  async #untilAtRest(what: string, counts: (open: string) => boolean): Promise<SoakEvidence> {
    const end = performance.now() + this.#shape.restMs;
    for (;;) {
      let last: string;
      try {
        const evidence = await gatherEvidence(this.#system);
        const open = [...unfinished(evidence), ...unresolvedLines(evidence)].filter(counts);
        if (open.length === 0) return evidence;
        last = `${open.length} things are open: ${open.slice(0, 4).join('; ')}`;
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
      if (performance.now() > end) throw new Error(`waited in vain until ${what}; ${last}`);
      await delay(LOOK_AGAIN_MS);
    }
  }

  /** Timers go on all the time; old requests are posted again, by clients that know nothing of their answers. */
  async #doItAgain(before: SoakEvidence): Promise<string[]> {
    const stored = this.#clients.requests.filter(
      ({ answers, validateOnly }) => !validateOnly && answers.some(({ answer }) => answer.kind === 'done'),
    );
    const again = this.#prng.fork('again').shuffled(stored).slice(0, REPEATED);
    const answered = again.map(({ answers }) => answers.length);
    for (const request of again) await this.#clients.repeat(request);
    const violations: string[] = [];
    again.forEach(({ answers }, index) => {
      for (const { answer } of answers.slice(answered[index]))
        if (
          answer.kind !== 'done' ||
          answer.results.some(({ processingStatus }) => processingStatus !== 'duplicate')
        )
          violations.push(
            `a request that was stored was answered ${answer.kind} the second time, not as duplicates`,
          );
    });
    const after = await gatherEvidence(this.#system);
    for (const row of changedRows(before, after)) violations.push(`doing everything again changed ${row}`);
    if (after.tables.versions.size !== before.tables.versions.size)
      violations.push('doing everything again removed rows');
    const { applied, lines } = after.dynamics;
    if (applied.size !== before.dynamics.applied.size || lines.size !== before.dynamics.lines.size)
      violations.push('doing everything again changed the other side');
    return violations;
  }

  #faults(): Map<string, number> {
    const sums = new Map<string, number>();
    for (const [name, { counts }] of this.#system.links)
      for (const [fault, count] of counts) {
        const key = `${name.replace(/host\d+/, 'host')} ${fault}`;
        sums.set(key, (sums.get(key) ?? 0) + count);
      }
    return sums;
  }

  #sayProgress(): void {
    const { counts, requests, acknowledged } = this.#clients;
    const faults = sumOf(this.#faults());
    this.#say(
      `${sumOf(this.#havoc.kills)} kills, ${sumOf(this.#havoc.pauses)} pauses, ${faults} faults on links; ` +
        `${requests.length} requests, ${counts.attempts} tries, ${acknowledged.size} lines acknowledged`,
    );
  }

  #say(line: string): void {
    const seconds = Math.round((performance.now() - this.#begin) / 1000);
    this.#shape.report(`${String(seconds).padStart(4)} s  ${line}`);
  }
}
