/** The lines of a batch as columnar, compressed JSON: a few dozen bytes a line. */
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import { type Column, dimensionsAt, encodeColumn, encodeDimensions, valueAt } from './columns.ts';
import { packJson, unpackJson } from './packedRow.ts';

const TEXT_FIELDS = [
  'id',
  'organizationId',
  'productId',
  'quantityDataSource',
  'physicalMeasure',
  'quantity',
  'externalReferenceCategory',
  'externalReferenceId',
  'fnoJournalNameId',
  'costPrice',
  'transDate',
  'resolvedDate',
] as const;

interface EncodedBatch {
  readonly n: number;
  readonly columns: Readonly<Record<string, Column>>;
  readonly dimensions: Readonly<Record<string, Column>>;
}

export function encodeBatch(lines: readonly AdjustmentLine[]): Uint8Array {
  const columns: Record<string, Column> = {};
  for (const field of TEXT_FIELDS) {
    const column = encodeColumn(lines.map((line) => line[field]));
    if (!('all' in column && column.all === null)) columns[field] = column;
  }
  const encoded: EncodedBatch = { n: lines.length, columns, dimensions: encodeDimensions(lines) };
  return packJson(encoded);
}

/** @throws Error when the bytes are not an encoded batch. */
export function decodeBatch(packed: Uint8Array): AdjustmentLine[] {
  const encoded = unpackJson(packed) as EncodedBatch;
  const lines: AdjustmentLine[] = [];
  for (let index = 0; index < encoded.n; index++) {
    const line: Record<string, unknown> = { dimensions: dimensionsAt(encoded.dimensions, index) };
    for (const field of TEXT_FIELDS) {
      const value = valueAt(encoded.columns[field], index);
      if (value !== undefined) line[field] = value;
    }
    lines.push(line as unknown as AdjustmentLine);
  }
  return lines;
}
