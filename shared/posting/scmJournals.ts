/** The journals of a package as SCM gets them: ids, numbers, columns and directions applied. */
import type { Journal } from '../aggregation/aggregatedLine.ts';
import { negateDecimal } from '../adjustments/decimal.ts';
import { aggregatedLineId } from '../log/aggregatedLineId.ts';
import { correctionOf, type LineCorrection, versionOf } from '../log/lineDecision.ts';
import type { LineOutcome, PackageOutcome } from '../log/packageOutcome.ts';
import type { CommittedRun } from '../log/runRow.ts';
import { foldCase } from '../settings/foldCase.ts';
import type { JournalLine, ScmJournal } from '../supplyChain/supplyChain.ts';

/** SCM's journal number holds so many characters. */
const KEY_LENGTH = 20;

/**
 * Our key for a journal, unique in SCM for ever: run and journal number, some of the run's nonce, and the version of the
 * lines, where somebody had them sent again. @throws RangeError when the version does not fit
 */
export function journalKey(run: number, journal: number, nonce: string, version = 0): string {
  const base36 = (number: number): string => number.toString(36).toUpperCase();
  const first = `IV${base36(run)}-${base36(journal)}-${nonce.replaceAll('-', '').slice(0, 6).toUpperCase()}`;
  if (version === 0) return first;
  const key = `${first}${base36(version)}`;
  if (key.length > KEY_LENGTH)
    throw new RangeError(
      `Journal ${first} has been sent again ${version - 1} times, and SCM's journal number has no room for one more.`,
    );
  return key;
}

/** What the journal is called in SCM: its key, and where it comes from. */
export function journalDescription(key: string, run: number): string {
  return `${key} Inventory Visibility run ${run}`.slice(0, 60);
}

/** The run and journal that a key names; undefined when it is no key of ours. The nonce is left to be compared. */
export function journalPlaceOf(key: string): { readonly run: number; readonly journal: number } | undefined {
  const match = /^IV([0-9A-Z]{1,6})-([0-9A-Z]{1,4})-[0-9A-F]{6}[0-9A-Z]*$/.exec(key.toUpperCase());
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { run: parseInt(match[1], 36), journal: parseInt(match[2], 36) };
}

/** One line of a package: its place, and what travels. */
export interface PackageLine {
  readonly aggregatedLineId: string;
  /** Number of its journal, and position in it. */
  readonly journal: number;
  readonly position: number;
  readonly productId: string;
}

/** The lines of a package, in the order of its journals. */
export function packageLines(
  partitionKey: string,
  run: CommittedRun,
  journals: readonly Journal[],
): PackageLine[] {
  return journals.flatMap((journal) =>
    journal.lines.map(({ productId }, position) => ({
      aggregatedLineId: aggregatedLineId(partitionKey, run.state.nonce, {
        run: run.number,
        journal: journal.number,
        position,
      }),
      journal: journal.number,
      position,
      productId,
    })),
  );
}

/**
 * The journals with those of their lines that a submission carries, each line as it was decided to be sent; lines of
 * another version stand in a journal of their own. `carried` answers by position in the package.
 */
export function scmJournals(
  partitionKey: string,
  run: CommittedRun,
  journals: readonly Journal[],
  carried: (position: number) => boolean,
  outcome?: PackageOutcome,
): ScmJournal[] {
  const lines = packageLines(partitionKey, run, journals);
  const columns = new Map(
    Object.entries(run.state.settings.scmDimensionColumns).map(([dimension, column]) => [
      foldCase(dimension),
      column,
    ]),
  );
  let packagePosition = 0;
  const result: ScmJournal[] = [];
  for (const journal of journals) {
    const versions = new Map<
      number,
      { readonly nameId: string | undefined; readonly lines: JournalLine[] }
    >();
    for (const position of journal.lines.keys()) {
      const line = lines[packagePosition];
      if (line && carried(packagePosition)) {
        const decided: Pick<LineOutcome, 'decisions'> = outcome?.line(packagePosition) ?? {};
        const correction = correctionOf(decided);
        const version = versionOf(decided);
        const nameId = corrected(journal.journalNameId, correction.fnoJournalNameId);
        const known = versions.get(version) ?? { nameId, lines: [] };
        versions.set(version, known);
        known.lines.push(journalLine(journal, position, line, columns, correction));
      }
      packagePosition++;
    }
    for (const [version, { nameId, lines: journalLines }] of versions) {
      const key = journalKey(run.number, journal.number, run.state.nonce, version);
      result.push({
        journalKey: key,
        ...(nameId === undefined ? {} : { journalNameId: nameId }),
        description: journalDescription(key, run.number),
        expectedStatus: journal.targetStatus ?? 'Created',
        lines: journalLines,
      });
    }
  }
  return result;
}

/** What is sent of a field that somebody may have corrected: null leaves it to SCM. */
export function corrected(
  folded: string | undefined,
  correction: string | null | undefined,
): string | undefined {
  return correction === undefined ? folded : (correction ?? undefined);
}

function journalLine(
  journal: Journal,
  position: number,
  { aggregatedLineId: id }: PackageLine,
  columns: ReadonlyMap<string, string>,
  correction: LineCorrection,
): JournalLine {
  const line = journal.lines[position];
  if (line === undefined) throw new RangeError(`Journal ${journal.number} has no line ${position}.`);
  const costPrice = corrected(line.costPrice, correction.costPrice);
  const transDate = corrected(line.transDate, correction.transDate);
  const dimensionColumns: Record<string, string> = {};
  for (const [dimension, value] of line.dimensions) {
    const column = columns.get(foldCase(dimension));
    if (column !== undefined) dimensionColumns[column] = value;
  }
  return {
    aggregatedLineId: id,
    lineNumber: position + 1,
    productId: line.productId,
    quantity: journal.directions[position] === -1 ? negateDecimal(line.quantity) : line.quantity,
    ...(costPrice === undefined ? {} : { costPrice }),
    ...(transDate === undefined ? {} : { transDate }),
    dimensionColumns,
    offsetDataSource: line.dataSource,
    offsetPhysicalMeasure: line.physicalMeasure,
  };
}
