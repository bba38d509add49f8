/** What a committed run must have made of its lines, and what of that the ERP may hold. */
import { Violation } from '../engine/violation.ts';
import { folded, scaled } from './arithmetic.ts';
import {
  type AggregateLine,
  linesOfBatch,
  outcomeLines,
  type StoredJournal,
  type StoredLine,
  type LineStatus,
} from './rawRows.ts';
import { attemptName, journalsOf, type LogView, type Package, type Run } from './logView.ts';

/** An aggregated line of a committed run, with all that is known of it. */
export interface KnownAggregate {
  readonly run: number;
  readonly journal: StoredJournal;
  /** From 0. */
  readonly position: number;
  readonly line: AggregateLine;
  /** Absent where SCM does not get it. */
  readonly status?: LineStatus;
  readonly pack?: Package;
  /** The journal's number at SCM. */
  readonly journalKey: string;
}

export interface CommittedRunView {
  readonly aggregates: readonly KnownAggregate[];
  /** `seq/position` of the lines that no journal could take. */
  readonly unfoldable: ReadonlySet<string>;
}

interface Arithmetic {
  readonly journals: readonly StoredJournal[];
  readonly unfoldable: ReadonlySet<string>;
  readonly journalKeys: ReadonlyMap<number, string>;
}

/** What was found right about a committed run stays right: none of its rows may change, and each write is checked. */
const rightRuns = new WeakMap<Run, Arithmetic>();

/** Checks a committed run by the checker's own arithmetic. */
export function checkCommittedRun(view: LogView, number: number, run: Run): CommittedRunView {
  const fail = (what: string): never => {
    throw new Violation(`${view.partitionKey} run ${number}: ${what}`);
  };
  const { commit } = run;
  if (commit === undefined) return fail('is committed without a commit');
  const attempt = attemptName(number, commit.attempt);
  let right = rightRuns.get(run);
  if (right === undefined)
    rightRuns.set(run, (right = checkArithmetic(view, number, run, attempt, commit, fail)));
  const { journals, unfoldable, journalKeys } = right;
  const packaged = checkPackages(view, attempt, journals, commit.packageHashes, fail);
  return {
    aggregates: journals.flatMap((journal) =>
      journal.lines.map((line, position) => {
        const place = packaged.get(journal.number);
        const status = place?.statuses[place.from + position];
        return {
          run: number,
          journal,
          position,
          line,
          ...(place && status ? { status, pack: place.pack } : {}),
          journalKey: journalKeys.get(journal.number) ?? '',
        };
      }),
    ),
    unfoldable,
  };
}

function checkArithmetic(
  view: LogView,
  number: number,
  run: Run,
  attempt: string,
  commit: NonNullable<Run['commit']>,
  fail: (what: string) => never,
): Arithmetic {
  const journals = journalsOf(view, attempt);
  if (journals.length !== commit.journals)
    fail(`has ${journals.length} journals and committed ${commit.journals}`);
  const sources = sourcesOf(view, run);
  const left = new Map(sources);
  const unfolded = view.unfolded.get(attempt) ?? [];
  if (unfolded.length !== commit.unfoldable) fail(`has ${unfolded.length} lines that no journal took`);
  for (const { seq, position } of unfolded)
    if (!left.delete(`${seq}/${position}`)) fail(`line ${seq}/${position} is unfoldable and something else`);
  const keys = new Set<string>();
  for (const journal of journals) {
    if (journal.lines.length > run.settings.maxLineCountPerJournal)
      fail(`journal ${journal.number} is too long`);
    for (const line of journal.lines) {
      checkSum(line, left, fail);
      const key = keyOfLine(line);
      const merges = mappingOf(run, line)?.mergeGrain ?? 'all';
      if (merges === 'all' && run.settings.costPolicy.aggregation === 'separate' && keys.has(key))
        fail(`two aggregated lines of one key: ${key}`);
      keys.add(key);
      checkKind(run, journal, line, fail);
    }
  }
  if (left.size > 0) fail(`lines ${[...left.keys()].join(', ')} are in no aggregated line`);
  return {
    journals,
    unfoldable: new Set(unfolded.map(({ seq, position }) => `${seq}/${position}`)),
    journalKeys: new Map(
      journals.map((journal) => [journal.number, journalKeyOf(number, journal.number, run.nonce)]),
    ),
  };
}

/** The run's lines less those that the cache refused or left unknown, by `seq/position`. */
function sourcesOf(view: LogView, run: Run): Map<string, StoredLine> {
  const sources = new Map<string, StoredLine>();
  for (const [seq] of run.batches) {
    const batch = view.batches.get(seq);
    if (batch === undefined) throw new Violation(`${view.partitionKey}: batch ${seq} of a run is gone`);
    linesOfBatch(batch).forEach((line, position) => {
      if (!view.parked.get(seq)?.has(position)) sources.set(`${seq}/${position}`, line);
    });
  }
  return sources;
}

function checkSum(line: AggregateLine, left: Map<string, StoredLine>, fail: (what: string) => never): void {
  let sum = 0n;
  for (const [seq, position] of line.sources) {
    const name = `${seq}/${position}`;
    const source = left.get(name);
    if (source === undefined) return fail(`line ${name} is aggregated twice, or was not to be aggregated`);
    left.delete(name);
    sum += scaled(source.quantity);
    const pairs: (readonly [string | undefined, string | undefined])[] = [
      [source.productId, line.productId],
      [source.organizationId, line.organizationId],
      [source.quantityDataSource, line.dataSource],
      [source.physicalMeasure, line.physicalMeasure],
      [source.fnoJournalNameId, line.fnoJournalNameId],
      [dimensionsText(source), dimensionsText(line)],
    ];
    for (const [one, other] of pairs)
      if (one?.toUpperCase() !== other?.toUpperCase())
        fail(`line ${name} is folded into ${other}, it is of ${one}`);
  }
  if (sum !== scaled(line.quantity))
    fail(`an aggregated line has ${line.quantity}, its lines add up to ${sum}`);
}

function dimensionsText({ dimensions }: { dimensions: readonly (readonly [string, string])[] }): string {
  return dimensions
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('|');
}

function keyOfLine(line: AggregateLine): string {
  return folded(
    [
      line.organizationId,
      line.productId,
      line.dataSource,
      line.physicalMeasure,
      dimensionsText(line),
      line.fnoJournalNameId ?? '-',
      line.costPrice ?? '-',
      line.transDate ?? '-',
    ].join('~'),
  );
}

function mappingOf(run: Run, line: AggregateLine): Run['settings']['mappings'][number] | undefined {
  return run.settings.mappings.find(
    ({ dataSource, physicalMeasure }) =>
      folded(dataSource) === folded(line.dataSource) &&
      folded(physicalMeasure) === folded(line.physicalMeasure),
  );
}

function checkKind(
  run: Run,
  journal: StoredJournal,
  line: AggregateLine,
  fail: (what: string) => never,
): void {
  const mapping = mappingOf(run, line);
  const target = mapping?.targetTransactionStatus;
  const kind =
    scaled(line.quantity) === 0n
      ? 'doNotSync'
      : target === undefined || target === 'None'
        ? 'held'
        : 'adjustment';
  if (journal.kind !== kind)
    fail(`a line of ${line.quantity} with target ${target} stands in a journal ${journal.kind}`);
  if (kind !== 'adjustment') return;
  if (journal.targetStatus !== target)
    fail(`a line with target ${target} stands in a journal ${journal.targetStatus}`);
  if (line.direction !== (mapping?.direction === 'opposite' ? -1 : 1))
    fail('a line goes in the wrong direction');
}

interface Packaged {
  readonly pack: Package;
  readonly statuses: readonly LineStatus[];
  /** Position of the journal's first line within the package. */
  readonly from: number;
}

/** Each adjustment journal is in one package, and no other is in any. */
function checkPackages(
  view: LogView,
  attempt: string,
  journals: readonly StoredJournal[],
  packageHashes: string,
  fail: (what: string) => never,
): Map<number, Packaged> {
  const packaged = new Map<number, Packaged>();
  let count = 0;
  for (const [key, pack] of view.packages) {
    if (!key.startsWith(`${attempt}~`)) continue;
    count++;
    const outcome = view.outcomes.get(key);
    if (outcome === undefined) return fail(`package ${key} has no outcome`);
    const statuses = outcomeLines(outcome);
    let from = 0;
    for (const number of pack.journals) {
      if (packaged.has(number)) fail(`journal ${number} is in two packages`);
      packaged.set(number, { pack, statuses, from });
      from += journals.find((journal) => journal.number === number)?.lines.length ?? 0;
    }
    if (from !== statuses.length) fail(`package ${key} has ${from} lines and ${statuses.length} outcomes`);
    checkSubmissions(key, pack, statuses, fail);
  }
  if (count * 8 !== Buffer.from(packageHashes, 'base64').length)
    fail(`has ${count} packages, not those committed`);
  for (const { number, kind } of journals)
    if (packaged.has(number) !== (kind === 'adjustment'))
      fail(`journal ${number} (${kind}) is wrongly packaged`);
  return packaged;
}

function checkSubmissions(
  key: string,
  pack: Package,
  statuses: readonly LineStatus[],
  fail: (what: string) => never,
): void {
  pack.submissions.forEach((submission, index) => {
    if (submission.number !== index + 1) fail(`package ${key} has submissions out of order`);
  });
  const last = pack.submissions.at(-1);
  if (last?.result === 'enqueued' && last.messageId === undefined) fail(`package ${key} has no message id`);
  // What somebody has said of a line stays, also when the submission that it was said of turns out to have had no effect.
  const isDecided = ({ decisions = [] }: LineStatus): boolean =>
    decisions.some(({ kind }) => kind === 'judge' || kind === 'close');
  const seen = statuses.some((line) => line.status !== 'Created' && !isDecided(line));
  if (seen && last === undefined) fail(`package ${key} was never sent, and a line of it is beyond Created`);
}

/** Our key for a journal, as its documentation defines it. */
export function journalKeyOf(run: number, journal: number, nonce: string): string {
  const digits = (value: number): string => value.toString(36).toUpperCase();
  return `IV${digits(run)}-${digits(journal)}-${nonce.replaceAll('-', '').slice(0, 6).toUpperCase()}`;
}
