/**
 * The scenario files of the simulated Dynamics side, each with the end that is right for the lines of a day under it.
 * Without a word here every line for the ERP ends posted, once.
 */
import { readdir, readFile } from 'node:fs/promises';
import type { FaultRule } from '../../local/dynamics/http/faults.ts';
import type { LineEnd, ScenarioRun } from './scenarioRun.ts';
import type { DynamicsState } from './simulatedDynamics.ts';

const FOLDER = new URL('../../local/dynamics/scenarios/', import.meta.url);
const HOUR = 3_600_000;

/** How a line can end that is not posted, as the API tells it. */
export interface OtherEnd {
  /** Whose: so many lines, the lines of so many packages, an item of the day, all lines, or any number. */
  readonly whose:
    | { readonly lines: number }
    | { readonly packages: number }
    | { readonly item: string }
    | 'all'
    /** Depends on who is faster. */
    | 'some';
  readonly status: readonly string[];
  /** What `error` of the line, or `lastError` of its package, has to say. */
  readonly says: RegExp;
  /** Whether the ERP has the quantity, which the API cannot know of where the end is unknown. */
  readonly isInErp: boolean;
}

export interface Scenario {
  /** Name of the file; `none`: nothing goes wrong. */
  readonly name: string;
  readonly ends?: OtherEnd;
  /** Item that Inventory Visibility refuses. */
  readonly refused?: string;
  /** What happens besides, before each turn. */
  readonly turn?: (run: ScenarioRun, state: DynamicsState) => Promise<void>;
  /** How soon a journal counts as not posted. It stays so, hence such scenarios are the last. */
  readonly postingJobEveryHours?: number;
  /** The scenario is over, and what was not posted is. */
  readonly laterPosted?: boolean;
}

const UNKNOWN_ABSENT = {
  status: ['FnOSyncEnqueued'],
  says: /neither holds them nor says why/,
  isInErp: false,
} as const;

const LOST_BY_POSTING = {
  status: ['FnOTransCreated', 'FnOSyncEnqueued', 'FnOTransPostError'],
  says: /no longer holds this line|neither holds them nor says why/,
  isInErp: true,
} as const;

/** Only what ends otherwise, or needs something done meanwhile. */
const OTHERS: readonly Scenario[] = [
  // The storm is cut short: with pauses that double, it would last for hours.
  {
    name: 'busy',
    turn: async (run, state) => {
      if (hits(state, 2) >= 1) await clear(run);
    },
  },
  // The period is opened again: the later truth replaces the error.
  {
    name: 'closed-period',
    ends: { whose: { item: 'e' }, status: ['FnOTransPostError'], says: /Not posted yet/, isInErp: true },
    postingJobEveryHours: 0.002,
    laterPosted: true,
  },
  {
    name: 'errors-that-are-no-json',
    ends: {
      whose: { lines: 2 },
      status: ['FnOTransCreateError'],
      says: /The item "A" is stopped/,
      isInErp: false,
    },
  },
  // Gone before anybody could see that they were posted: only the stock shows it.
  {
    name: 'journals-cleaned-up',
    ends: { whose: 'some', status: ['FnOTransPostError'], says: /is no longer in SCM/, isInErp: true },
    postingJobEveryHours: 0.002,
    turn: async ({ system, ends }) => {
      const sent = ends.filter(({ part }) => part === 'first' || part === 'second');
      if (sent.some(({ status }) => !['FnOTransCreated', 'FnOTransPostError'].includes(status))) return;
      for (const path of ['posting-job/run', 'posting-job/run']) await system.dynamics.control('POST', path);
    },
  },
  // Posted and gone: only the stock shows it. The setting `linesDeletedAfterPosting` says nothing of these names.
  { name: 'lines-deleted-after-posting', ends: { whose: 'all', ...LOST_BY_POSTING } },
  { name: 'maintenance-window', turn: (run) => advance(run, 30_000) },
  { name: 'outage', turn: (run) => (run.turns === 5 ? advance(run, 6 * HOUR) : Promise.resolve()) },
  {
    name: 'partly-succeeded',
    ends: {
      whose: { lines: 2 },
      status: ['FnOTransCreateError'],
      says: /stopped for inventory transactions/,
      isInErp: false,
    },
  },
  { name: 'poisoned-batch', refused: 'D0001' },
  { name: 'slow-batches', turn: (run) => advance(run, 10_000) },
  // SCM says that it has succeeded, and holds nothing: nobody can tell it from lines that were posted and deleted.
  { name: 'succeeded-with-nothing', ends: { whose: { packages: 1 }, ...UNKNOWN_ABSENT } },
];

/** All scenario files, and the day without any. */
export async function allScenarios(): Promise<Scenario[]> {
  const files = (await readdir(FOLDER)).map((file) => file.replace('.json', '')).sort();
  const unknown = OTHERS.filter(({ name }) => !files.includes(name)).map(({ name }) => name);
  if (unknown.length > 0) throw new Error(`no scenario files: ${unknown.join(', ')}`);
  const all = ['none', ...files].map(
    (name): Scenario => OTHERS.find((other) => other.name === name) ?? { name },
  );
  const isLast = ({ postingJobEveryHours }: Scenario): boolean => postingJobEveryHours !== undefined;
  return [...all.filter((scenario) => !isLast(scenario)), ...all.filter(isLast)];
}

export async function rulesOf(name: string): Promise<FaultRule[]> {
  if (name === 'none') return [];
  const scenario = JSON.parse(await readFile(new URL(`${name}.json`, FOLDER), 'utf8')) as {
    faults: FaultRule[];
  };
  return scenario.faults;
}

/** Whether the line has come to the end that the scenario gives it, or to *posted*. */
export function isAt(end: LineEnd, other: OtherEnd | undefined): boolean {
  if (end.part === 'held') return end.status === 'Created';
  if (end.part === 'zero') return end.status === 'DoNotSync';
  if (end.part === 'parked') return end.status === 'Parked';
  return end.status === 'FnOTransPosted' || isOther(end, other);
}

export function isOther(end: LineEnd, other: OtherEnd | undefined): boolean {
  if (other === undefined || !other.status.includes(end.status)) return false;
  return other.says.test(`${end.error ?? ''} ${end.lastError ?? ''}`);
}

async function advance({ system }: ScenarioRun, advanceMs: number): Promise<void> {
  await system.dynamics.control('POST', 'clock', { advanceMs });
}

async function clear({ system }: ScenarioRun): Promise<void> {
  await system.dynamics.control('DELETE', 'faults');
}

function hits({ faults }: DynamicsState, rule: number): number {
  return faults[rule]?.hits ?? 0;
}
