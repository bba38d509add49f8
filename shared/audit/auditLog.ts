/**
 * Audits one legal entity's log: finds whatever is unfinished without a row that drives it, whatever waits for too long,
 * and whatever contradicts itself; puts right what is safe to; and stores what it found. What is open is looked at each
 * time, everything else by and by: a walk takes a part of the log at each audit.
 */
import { type AuditState, auditWrite, type Finding, readAudit } from '../log/auditRow.ts';
import { headOf, isHeld } from '../log/headRow.ts';
import { ADJUSTMENT_LOG, HEAD_KEY } from '../log/rowKeys.ts';
import { openRuns } from '../log/runRow.ts';
import type { PackagingDependencies } from '../packaging/packageJournals.ts';
import type { EnvironmentSettings } from '../settings/environmentSettings.ts';
import { TableError } from '../tables/tableStore.ts';
import { auditBatches } from './auditBatches.ts';
import { auditRun } from './auditRuns.ts';
import { auditWaiting } from './auditWaiting.ts';
import { FINDINGS } from './findingCodes.ts';
import { Findings, larger, together } from './findings.ts';

/** What the walk takes at each audit. */
const BATCHES_AT_ONCE = 1_000;
const RUNS_AT_ONCE = 50;

export interface AuditDependencies extends PackagingDependencies {
  readonly settings: EnvironmentSettings;
  readonly secondsPerMinute: number;
}

const NEVER: AuditState = {
  at: 0,
  findings: [],
  walk: { nextSeq: 1, nextRun: 1, found: [], foundBefore: [] },
};

/**
 * Resolves with what was found. @throws TableError; UnknownRowVersionError for an audit row of a later version
 * @param alsoFound adds what is known of the log beforehand
 */
export async function auditLog(
  dependencies: AuditDependencies,
  alsoFound: (findings: Findings) => void = () => undefined,
): Promise<readonly Finding[]> {
  const { tables, partitionKey, runtime } = dependencies;
  const now = runtime.clock.now();
  const before = await readAudit(tables, partitionKey);
  const last = before?.state ?? NEVER;
  const open = new Findings();
  alsoFound(open);
  const head = await tables.get(ADJUSTMENT_LOG, partitionKey, HEAD_KEY);
  let tail = 0;
  let held = false;
  await open.check(async () => {
    if (head === undefined) return;
    const known = headOf(head);
    tail = known.tail;
    held = isHeld(known);
    if (held) open.add('LogHeld', `after batch ${tail}`);
  });
  await auditWaiting(dependencies, open);
  const numbers = await openRuns(tables, partitionKey);
  for (const number of numbers)
    await open.check(async () => {
      if (!(await auditRun(dependencies, number, open, { held }))) open.add('RunMissing', `run ${number}`);
    });
  const walk = await walkOn(dependencies, last.walk, { tail, held, seen: new Set(numbers), now });
  const found = together(open.list(last.findings, now), larger(walk.foundBefore, walk.found));
  const findings = found.map((finding) => ({
    ...finding,
    since: last.findings.find(({ code }) => code === finding.code)?.since ?? finding.since,
  }));
  await store(dependencies, { at: now, findings, walk }, before?.etag);
  report(dependencies, findings);
  return findings;
}

/** The next part of the walk. At the end of a round, what it found stands until the next round is over. */
async function walkOn(
  dependencies: AuditDependencies,
  { nextSeq, nextRun, found, foundBefore }: AuditState['walk'],
  log: {
    readonly tail: number;
    readonly held: boolean;
    readonly seen: ReadonlySet<number>;
    readonly now: number;
  },
): Promise<AuditState['walk']> {
  const { tables, partitionKey } = dependencies;
  const findings = new Findings();
  const to = Math.min(log.tail, nextSeq + BATCHES_AT_ONCE - 1);
  if (nextSeq <= to)
    await findings.check(() => auditBatches(tables, partitionKey, { from: nextSeq, to }, findings));
  let run = nextRun;
  let isLastRun = false;
  for (; run < nextRun + RUNS_AT_ONCE && !isLastRun; run++) {
    const number = run;
    if (log.seen.has(number)) continue;
    await findings.check(async () => {
      isLastRun = !(await auditRun(dependencies, number, findings, log));
    });
  }
  const all = together(found, findings.list(foundBefore, log.now));
  const next = { nextSeq: Math.max(nextSeq, to + 1), nextRun: isLastRun ? run - 1 : run };
  return next.nextSeq > log.tail && isLastRun
    ? { nextSeq: 1, nextRun: 1, found: [], foundBefore: all }
    : { ...next, found: all, foundBefore };
}

async function store(
  { tables, partitionKey }: AuditDependencies,
  state: AuditState,
  etag: string | undefined,
): Promise<void> {
  try {
    await tables.transact(ADJUSTMENT_LOG, partitionKey, [auditWrite(state, etag)]);
  } catch (error) {
    // Another instance has audited the log meanwhile.
    if (!(error instanceof TableError && ['changed', 'missing', 'exists'].includes(error.failure)))
      throw error;
  }
}

function report(
  { runtime: { logger }, partitionKey }: AuditDependencies,
  findings: readonly Finding[],
): void {
  for (const { code, count, repaired, subjects } of findings) {
    const { severity, message } = FINDINGS[code];
    const fields = { log: partitionKey, code, count, repaired, first: subjects[0] };
    if (severity === 'error') logger.error(`Audit: ${message}`, fields);
    else logger.warn(`Audit: ${message}`, fields);
  }
}
