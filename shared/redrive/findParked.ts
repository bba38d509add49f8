/** Finds parked lines: by their record ids, or all of a legal entity. */
import { lineRecordIdFromText, lineRecordIdText } from '../adjustments/lineRecordId.ts';
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { type IdsRow, NO_FINGERPRINT } from '../log/idsRow.ts';
import { digestOfLine } from '../log/lineDigest.ts';
import type { ListedLog } from '../log/logDirectory.ts';
import { attemptOfParkedRow, type ParkedEntry, parkedRowsAfter, redriveOf } from '../log/parkedEntries.ts';
import { partitionKeyOf } from '../log/rowKeys.ts';
import { isCommitted, readRun } from '../log/runRow.ts';
import { type PresentPlace, PresentPlaces } from '../reading/presentPlace.ts';
import type { ParkedTarget } from './driveAgain.ts';
import type { Redrivable } from './redriveOrder.ts';

const ROWS_AT_ONCE = 100;

export interface FoundLine {
  readonly lineRecordId: string;
  readonly log: ListedLog;
  readonly place: PresentPlace;
}

/** The accepted lines among these, by record id, with where each stands now. @throws TableError, DependencyError */
export async function findLines(
  layer: BusinessLayer,
  environment: Environment,
  lineRecordIds: readonly string[],
): Promise<Map<string, FoundLine>> {
  const found = new Map<string, FoundLine>();
  for (const log of await layer.logs(environment)) {
    const wanted = lineRecordIds.flatMap((id) => {
      const digest = found.has(id) ? undefined : lineRecordIdFromText(id);
      return digest === undefined ? [] : [{ id, digest, fingerprint: NO_FINGERPRINT }];
    });
    if (wanted.length === 0) break;
    const writer = layer.writer(environment, log.organizationId);
    const identities = await writer.identify(wanted);
    const places = new PresentPlaces(layer.parts.tables, writer.partitionKey);
    for (const [index, { id }] of wanted.entries()) {
      const identity = identities[index];
      if (identity?.kind === 'known')
        found.set(id, { lineRecordId: id, log, place: await places.of(identity) });
    }
  }
  return found;
}

/** A line that is parked in the row that it names. */
export interface OpenLine extends ParkedTarget {
  readonly entry: ParkedEntry;
}

export interface OpenLines {
  readonly open: readonly OpenLine[];
  /** Whether there are more of them. */
  readonly more: boolean;
}

/**
 * Lines of a log that are parked for one of these reasons, at most `limit`: those of the cache first, the oldest first.
 * @throws TableError, UnknownRowVersionError, DamagedRowError
 */
export async function findOpen(
  layer: BusinessLayer,
  environment: Environment,
  log: ListedLog,
  reasons: readonly Redrivable[],
  limit: number,
): Promise<OpenLines> {
  const { tables } = layer.parts;
  const partitionKey = partitionKeyOf(environment.key, log.organizationKey);
  const open: OpenLine[] = [];
  for (let after: string | undefined = ''; after !== undefined;) {
    const rows = await parkedRowsAfter(tables, partitionKey, after, ROWS_AT_ONCE);
    for (const row of rows) {
      const lines = row.entries.filter(
        (entry) => reasons.some((one) => one === entry.reason) && redriveOf(row, entry) === undefined,
      );
      if (lines.length === 0 || !(await counts(layer, partitionKey, row.rowKey))) continue;
      for (const entry of lines) {
        if (open.length === limit) return { open, more: true };
        open.push({ seq: entry.seq, position: entry.position, rowKey: row.rowKey, entry });
      }
    }
    after = rows.length < ROWS_AT_ONCE ? undefined : rows.at(-1)?.rowKey;
  }
  return { open, more: false };
}

/** What an attempt could not fold means something only if that attempt was committed. */
async function counts(layer: BusinessLayer, partitionKey: string, rowKey: string): Promise<boolean> {
  const of = attemptOfParkedRow(rowKey);
  if (of === undefined) return true;
  const run = await readRun(layer.parts.tables, partitionKey, of.run);
  return run !== undefined && isCommitted(run) && run.state.commit.attempt === of.attempt;
}

/** The record ids of lines, in order. @throws TableError */
export async function recordIdsOf(
  layer: BusinessLayer,
  partitionKey: string,
  lines: readonly ParkedTarget[],
): Promise<string[]> {
  const rowsRead = new Map<number, IdsRow>();
  const ids: string[] = [];
  for (const line of lines) {
    const digest = await digestOfLine(layer.parts.tables, partitionKey, line, rowsRead);
    ids.push(digest === undefined ? '' : lineRecordIdText(digest));
  }
  return ids;
}
