/** Checkpoints of generated ids, of the sizes that merging leaves; without the batches they would have come from. */
import { mergeDue, type Stretch } from '../../shared/log/checkpoints/checkpointChain.ts';
import { IdSegment } from '../../shared/log/checkpoints/idSegment.ts';
import { writeCheckpoint } from '../../shared/log/checkpoints/writeCheckpoint.ts';
import { headProperties } from '../../shared/log/headRow.ts';
import { idsInsert } from '../../shared/log/idsRow.ts';
import { ADJUSTMENT_LOG, HEAD_KEY } from '../../shared/log/rowKeys.ts';
import type { TableStore } from '../../shared/tables/tableStore.ts';
import { generatedHash } from '../support/generatedLog.ts';
import { PARTITION } from '../support/logUnderTest.ts';

export type GeneratedCheckpoint = Stretch;

/** Ids of a checkpoint before any merging. */
const FIRST_IDS = 100_000;

/** The checkpoints that stand after so many ids, written when 100,000 were due and merged whenever that was due. */
function chainAfter(ids: number): GeneratedCheckpoint[] {
  let chain: GeneratedCheckpoint[] = [];
  for (let toSeq = 1; toSeq * FIRST_IDS <= ids; toSeq++) {
    chain.push({ id: `first ${toSeq}`, fromSeq: toSeq - 1, toSeq, ids: FIRST_IDS });
    for (let due = mergeDue(chain); due !== undefined; due = mergeDue(chain)) {
      const [first, last] = [due[0], due.at(-1)];
      if (first === undefined || last === undefined) break;
      const sum = due.reduce((total, one) => total + one.ids, 0);
      const merged = { id: `to ${last.toSeq}`, fromSeq: first.fromSeq, toSeq: last.toSeq, ids: sum };
      chain = [...chain.slice(0, chain.indexOf(first)), merged, ...chain.slice(chain.indexOf(last) + 1)];
    }
  }
  return chain;
}

/** Writes them, with the rows that are needed to load them. Resolves with them in order of the log. */
export async function generateCheckpoints(tables: TableStore, ids: number): Promise<GeneratedCheckpoint[]> {
  const chain = chainAfter(ids);
  let number = 0;
  let previousBatchId = '';
  for (const { fromSeq, toSeq, ids: count } of chain) {
    const batchId = `batch ${toSeq}`;
    const row = { seq: toSeq, batchId, previousBatchId, lineCount: 0, entries: new Uint8Array() };
    await tables.transact(ADJUSTMENT_LOG, PARTITION, [idsInsert(row)]);
    previousBatchId = batchId;
    const draft = { id: `checkpoint-${toSeq}`, fromSeq, toSeq, batchId, ids: count };
    await writeCheckpoint(tables, PARTITION, draft, {
      segment: (layout, segment) => {
        const collected = new IdSegment(layout, segment);
        const end = Math.floor((count * (segment + 1)) / layout.segments);
        for (let id = Math.floor((count * segment) / layout.segments); id < end; id++) {
          const [high, low] = generatedHash(number++);
          // Moved into the segment's stretch of the hash's range, evenly.
          const moved = Math.floor((segment * 2 ** 32 + high) / layout.segments);
          collected.add(Math.max(moved, Math.ceil((segment * 2 ** 32) / layout.segments)), low, toSeq);
        }
        process.stdout.write(`\r${number.toLocaleString('en')} ids generated `);
        return collected;
      },
    });
  }
  process.stdout.write('\n');
  const head = { tail: chain.at(-1)?.toSeq ?? 0, batchId: previousBatchId, epoch: 'e', releasedEpoch: 'e' };
  await tables.transact(ADJUSTMENT_LOG, PARTITION, [
    { kind: 'insert', rowKey: HEAD_KEY, properties: headProperties(head) },
  ]);
  return chain;
}
