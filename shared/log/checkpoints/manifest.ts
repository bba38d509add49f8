/** The manifest of a checkpoint: inserted last. Without it a checkpoint does not exist. */
import { TableError, type TableStore } from '../../tables/tableStore.ts';
import { jsonOf, jsonProperties } from '../packedRow.ts';
import { ADJUSTMENT_LOG, seqText } from '../rowKeys.ts';

export interface CheckpointManifest {
  /** Unique name of its pages. */
  readonly id: string;
  /** Batches covered: after `fromSeq`, up to and with `toSeq`. */
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Id of the batch at `toSeq`, compared with that batch's `ids~` row on loading. */
  readonly batchId: string;
  readonly ids: number;
  readonly pages: number;
  readonly filterRows: number;
  /** Absent in manifests of the first checkpoints. */
  readonly filterBytes?: number;
  /** 8 bytes of hash over each page, in order, in base64. */
  readonly pageHashes: string;
  /** The same over the filter. */
  readonly filterHash: string;
}

export interface StoredManifest extends CheckpointManifest {
  /** By the storage server's clock; milliseconds since the Unix epoch. */
  readonly writtenAt: number;
}

const MANIFESTS = { from: 'checkpoint~ids~', before: 'checkpoint~ids~:' } as const;

function manifestKey({ toSeq, id }: Pick<CheckpointManifest, 'toSeq' | 'id'>): string {
  return `checkpoint~ids~${seqText(toSeq)}~${id}`;
}

/** @throws TableError */
export async function insertManifest(
  tables: TableStore,
  partitionKey: string,
  manifest: CheckpointManifest,
): Promise<void> {
  await tables.transact(ADJUSTMENT_LOG, partitionKey, [
    { kind: 'insert', rowKey: manifestKey(manifest), properties: jsonProperties(manifest) },
  ]);
}

/** All manifests of a log, by the batch they reach. @throws TableError, UnknownRowVersionError, DamagedRowError */
export async function readManifests(tables: TableStore, partitionKey: string): Promise<StoredManifest[]> {
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, MANIFESTS);
  return rows.map((row) => ({ ...(jsonOf(row) as CheckpointManifest), writtenAt: row.timestamp }));
}

/** The last batch that any checkpoint covers after `seq`; undefined when there is none. @throws TableError */
export async function newestCheckpointAfter(
  tables: TableStore,
  partitionKey: string,
  seq: number,
): Promise<number | undefined> {
  const from = `checkpoint~ids~${seqText(seq + 1)}`;
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, { ...MANIFESTS, from, select: ['v'] });
  const key = rows.at(-1)?.rowKey;
  return key === undefined ? undefined : Number(key.split('~')[2]);
}

/** Ends a checkpoint's existence; whoever reads its pages finds out. Done already is done. @throws TableError */
export async function deleteManifest(
  tables: TableStore,
  partitionKey: string,
  manifest: Pick<CheckpointManifest, 'toSeq' | 'id'>,
): Promise<void> {
  try {
    await tables.transact(ADJUSTMENT_LOG, partitionKey, [{ kind: 'delete', rowKey: manifestKey(manifest) }]);
  } catch (error) {
    if (!(error instanceof TableError && error.failure === 'missing')) throw error;
  }
}
