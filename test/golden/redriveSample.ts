/** What the golden rows of lines driven again say: one that the cache refused, one that did not fold, one that waits. */
import type { RunState } from '../../shared/log/runRow.ts';
import { batchInsert } from '../../shared/log/batchRow.ts';
import { headProperties } from '../../shared/log/headRow.ts';
import { idsInsert, newIdsRow } from '../../shared/log/idsRow.ts';
import { ensureLogListed } from '../../shared/log/logDirectory.ts';
import { redrivenBatch } from '../../shared/log/appendedBatch.ts';
import { parkedRowOf, type RedriveNote } from '../../shared/log/parkedEntries.ts';
import { parkedInsert, type ParkedLine, unfoldedInsert } from '../../shared/log/parkedRow.ts';
import { ADJUSTMENT_LOG, HEAD_KEY, seqKey, unfoldableKey } from '../../shared/log/rowKeys.ts';
import { runInserts } from '../../shared/log/runRow.ts';
import { stateInsert } from '../../shared/log/stateRows.ts';
import type { TableOperation, TableStore } from '../../shared/tables/tableStore.ts';
import { adjustmentLine, appendLine, PARTITION } from '../support/logUnderTest.ts';
import { RUN } from './sampleRows.ts';

const AT = 1_766_000_000_000;
export const REDRIVE_IDS = ['refused', 'not folded', 'unknown'] as const;

export const EXCLUDED: readonly ParkedLine[] = [
  { position: 0, reason: 'refused', message: 'no such site', statusCode: 400 },
  { position: 2, reason: 'unknown', message: 'no answer', tokenExpiresAt: AT + 3_600_000 },
];

const word = { at: AT + 9, by: 'an application (a user)', reason: 'die Fläche gibt es jetzt' };

export const TO_CACHE: RedriveNote = { ...word, batch: 2, operation: 'one', lines: [[1, 0, 0]] };
/** Not what would be asked for of such a line; it shows how a verdict is stored. */
export const TO_RUN: RedriveNote = {
  ...word,
  batch: 3,
  operation: 'two',
  verdict: 'applied',
  lines: [[1, 1, 0]],
};

/** Writes all of them with the present code. */
export async function writeRedriveSample(tables: TableStore): Promise<void> {
  await ensureLogListed(tables, 'env', 'usmf', 'USMF');
  const run: RunState = { ...RUN, batches: [[1, 3, AT]] };
  const write = (operations: readonly TableOperation[]) =>
    tables.transact(ADJUSTMENT_LOG, PARTITION, operations);
  const ids = REDRIVE_IDS.map((id) => appendLine(id));
  const lines = REDRIVE_IDS.map((id) => adjustmentLine(id));
  const head = { tail: 3, batchId: 'batch three', epoch: 'epoch', releasedEpoch: 'epoch' };
  const aggregated = { postedAt: AT + 1, aggregatedAt: AT + 2, sync: 1, run: 1 };
  await write([
    { kind: 'insert', rowKey: HEAD_KEY, properties: headProperties(head) },
    batchInsert(1, 'batch one', AT, lines),
    idsInsert(newIdsRow(1, 'batch one', '', ids)),
    stateInsert({ seq: 1, state: 'aggregated', lineCount: 3, createdAt: AT, ...aggregated }),
    parkedInsert(1, EXCLUDED),
    unfoldedInsert(1, 'x', [{ seq: 1, position: 1, reason: 'too large a sum' }]),
    ...runInserts(1, run),
  ]);
  const noted = async (rowKey: string, note: RedriveNote): Promise<TableOperation> => {
    const row = await tables.get(ADJUSTMENT_LOG, PARTITION, rowKey);
    if (row === undefined) throw new Error(`there is no row ${rowKey}`);
    return parkedRowOf(row).noted(note);
  };
  const first = await noted(seqKey('parked', 1), TO_CACHE);
  const second = await noted(unfoldableKey(1, 'x'), TO_RUN);
  const batch = (seq: number, batchId: string, previousBatchId: string) => ({
    seq,
    batchId,
    previousBatchId,
    at: AT + 9,
  });
  await write(
    redrivenBatch(batch(2, 'batch two', 'batch one'), {
      lines: lines.slice(0, 1),
      origins: [{ seq: 1, position: 0 }],
      cached: false,
      notes: () => [first],
    }).operations,
  );
  await write(
    redrivenBatch(batch(3, 'batch three', 'batch two'), {
      lines: lines.slice(1, 2),
      origins: [{ seq: 1, position: 1 }],
      cached: true,
      notes: () => [second],
    }).operations,
  );
}
