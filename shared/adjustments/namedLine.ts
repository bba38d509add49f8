/**
 * First step from parsed JSON to a line: brings names, absence and numbers into the schema's form. Field names are
 * matched without regard to case, `null` and the empty string become absent, text becomes NFC, and numbers become
 * canonical decimals where they are decimals at all.
 */

import { JsonNumber, JsonObject } from '../json/jsonValue.ts';
import type { JsonValue } from '../json/jsonValue.ts';
import type { AdjustmentLineField } from './adjustmentLineSchema.ts';
import { ADJUSTMENT_LINE_FIELDS } from './adjustmentLineSchema.ts';
import { canonicalDecimal } from './decimal.ts';
import { foldedName, type SubmittedDimensions, submittedDimensions } from './dimensions.ts';
import { composed } from './identifierText.ts';

/** A line in the schema's form, still to be validated. */
export interface NamedLine {
  /** What the schema is applied to. */
  readonly fields: Readonly<Partial<Record<AdjustmentLineField, unknown>>>;
  /** The dimensions that are strings. */
  readonly dimensions: SubmittedDimensions;
  /** The values as they came, by schema name. */
  readonly raw: Readonly<Partial<Record<AdjustmentLineField, JsonValue>>>;
  readonly unknownFields: readonly string[];
  /** Names that came in a second spelling; those of dimensions are prefixed `dimensions.`. */
  readonly duplicates: readonly (readonly [name: string, secondSpelling: string])[];
}

const FIELD_BY_NAME: ReadonlyMap<string, AdjustmentLineField> = new Map(
  ADJUSTMENT_LINE_FIELDS.map((field) => [field.toLowerCase(), field]),
);

/** The field that a client means by a name. */
export function fieldNamed(name: string): AdjustmentLineField | undefined {
  return FIELD_BY_NAME.get(name.toLowerCase());
}

const NO_DIMENSIONS = submittedDimensions([]);

export function namedLine(line: JsonObject): NamedLine {
  const fields: Partial<Record<AdjustmentLineField, unknown>> = {};
  const raw: Partial<Record<AdjustmentLineField, JsonValue>> = {};
  const duplicates: [string, string][] = [];
  const unknownFields: string[] = [];
  let dimensions = NO_DIMENSIONS;
  for (const [index, name] of line.shape.names.entries()) {
    const value = line.values[index] ?? null;
    const field = fieldNamed(name);
    if (field === undefined) {
      unknownFields.push(name);
      continue;
    }
    if (raw[field] !== undefined) {
      duplicates.push([field, name]);
      continue;
    }
    raw[field] = value;
    if (value === null || value === '') continue;
    if (field === 'quantity' || field === 'costPrice') {
      fields[field] = decimalField(value);
    } else if (field === 'dimensions' && value instanceof JsonObject) {
      const named = namedDimensions(value, duplicates);
      fields.dimensions = named.object;
      dimensions = submittedDimensions(named.pairs);
    } else {
      fields[field] = typeof value === 'string' ? composed(value) : value;
    }
  }
  return { fields, dimensions, raw, unknownFields, duplicates };
}

/** The canonical decimal, or what came where it is none. */
function decimalField(value: JsonValue): unknown {
  if (value instanceof JsonNumber) {
    const decimal = canonicalDecimal(value.text, 'number');
    return typeof decimal === 'string' ? decimal : value.text;
  }
  if (typeof value === 'string') {
    const decimal = canonicalDecimal(value, 'text');
    return typeof decimal === 'string' ? decimal : value;
  }
  return value;
}

function namedDimensions(
  dimensions: JsonObject,
  duplicates: [string, string][],
): { object: Record<string, unknown>; pairs: [string, string][] } {
  const object = Object.create(null) as Record<string, unknown>;
  const foldedNames = new Set<string>();
  const pairs: [string, string][] = [];
  for (const [index, givenName] of dimensions.shape.names.entries()) {
    const value = dimensions.values[index] ?? null;
    const { given: name, folded } = foldedName(givenName);
    if (foldedNames.has(folded)) {
      duplicates.push([`dimensions.${folded}`, `dimensions.${givenName}`]);
      continue;
    }
    foldedNames.add(folded);
    if (value === null || value === '') continue;
    object[name] = typeof value === 'string' ? composed(value) : value;
    if (typeof value === 'string') pairs.push([name, composed(value)]);
  }
  return { object, pairs };
}
