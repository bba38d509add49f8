/** The lines of a batch as columnar, compressed JSON: a few dozen bytes a line. */
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import {
  type Column,
  columnReader,
  type DimensionColumns,
  dimensionsReader,
  encodeColumn,
  encodeDimensions,
} from './columns.ts';
import { packJson, unpackJson } from './packedRow.ts';

const REQUIRED_FIELDS = [
  'id',
  'organizationId',
  'productId',
  'quantityDataSource',
  'physicalMeasure',
  'quantity',
] as const;

const OPTIONAL_FIELDS = [
  'externalReferenceCategory',
  'externalReferenceId',
  'fnoJournalNameId',
  'costPrice',
  'transDate',
  'resolvedDate',
] as const;

type Field = (typeof REQUIRED_FIELDS)[number] | (typeof OPTIONAL_FIELDS)[number];

interface EncodedBatch {
  readonly n: number;
  /** A field that no line has is left out. */
  readonly columns: Readonly<Partial<Record<Field, Column>>>;
  readonly dimensions: DimensionColumns;
}

export function encodeBatch(lines: readonly AdjustmentLine[]): Uint8Array {
  const columns: Partial<Record<Field, Column>> = {};
  for (const field of [...REQUIRED_FIELDS, ...OPTIONAL_FIELDS]) {
    const column = encodeColumn(lines.length, (index) => lines[index]?.[field]);
    if (!('all' in column) || column.all !== null) columns[field] = column;
  }
  const encoded: EncodedBatch = { n: lines.length, columns, dimensions: encodeDimensions(lines) };
  return packJson(encoded);
}

/** @throws Error when the bytes are not an encoded batch. */
export function decodeBatch(packed: Uint8Array): AdjustmentLine[] {
  const { n, columns, dimensions } = unpackJson(packed) as EncodedBatch;
  if (!Number.isSafeInteger(n) || n < 0) throw new Error(`${String(n)} is no number of lines`);
  const reader = (field: Field) => [field, columnReader(columns[field], n, field)] as const;
  const required = REQUIRED_FIELDS.map(reader);
  const optional = OPTIONAL_FIELDS.map(reader);
  const dimensionsAt = dimensionsReader(dimensions, n);
  return Array.from({ length: n }, (_, index) => {
    const line: Partial<Record<Field, string>> & Pick<AdjustmentLine, 'dimensions'> = {
      dimensions: dimensionsAt(index),
    };
    for (const [field, valueAt] of required) {
      const value = valueAt(index);
      if (value === undefined) throw new Error(`line ${index} has no ${field}`);
      line[field] = value;
    }
    for (const [field, valueAt] of optional) {
      const value = valueAt(index);
      if (value !== undefined) line[field] = value;
    }
    return line as AdjustmentLine;
  });
}
