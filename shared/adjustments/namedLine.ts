/**
 * First step from parsed JSON to a line: brings names, absence and numbers into the schema's form. Field names are
 * matched without regard to case, `null` and the empty string become absent, text becomes NFC, and numbers become
 * canonical decimals where they are decimals at all.
 */

import { isJsonObject, JsonNumber } from '../json/strictJson.ts';
import type { JsonObject, JsonValue } from '../json/strictJson.ts';
import type { AdjustmentLineField } from './adjustmentLineSchema.ts';
import { ADJUSTMENT_LINE_FIELDS } from './adjustmentLineSchema.ts';
import { canonicalDecimal } from './decimal.ts';
import { composed } from './identifierText.ts';

/** A line in the schema's form, still to be validated. */
export interface NamedLine {
  /** What the schema is applied to. */
  readonly fields: Readonly<Partial<Record<AdjustmentLineField, unknown>>>;
  /** The dimensions that are strings, sorted by lower-cased name. */
  readonly dimensions: readonly (readonly [name: string, value: string])[];
  /** The values as they came, by schema name. */
  readonly raw: Readonly<Partial<Record<AdjustmentLineField, JsonValue>>>;
  readonly unknownFields: readonly string[];
  /** Names that came in a second spelling; those of dimensions are prefixed `dimensions.`. */
  readonly duplicates: readonly (readonly [name: string, secondSpelling: string])[];
}

const FIELD_BY_NAME: ReadonlyMap<string, AdjustmentLineField> = new Map(
  ADJUSTMENT_LINE_FIELDS.flatMap((field) => [
    [field, field],
    [field.toLowerCase(), field],
  ]),
);

const NONE: readonly never[] = [];

export function namedLine(line: JsonObject): NamedLine {
  const fields: Partial<Record<AdjustmentLineField, unknown>> = {};
  const raw: Partial<Record<AdjustmentLineField, JsonValue>> = {};
  const duplicates: [string, string][] = [];
  const unknownFields: string[] = [];
  let dimensions: NamedLine['dimensions'] = NONE;
  for (const name in line) {
    const value = line[name] ?? null;
    const field = FIELD_BY_NAME.get(name) ?? FIELD_BY_NAME.get(name.toLowerCase());
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
    } else if (field === 'dimensions' && isJsonObject(value)) {
      const named = namedDimensions(value, duplicates);
      fields.dimensions = named.object;
      dimensions = named.pairs;
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
  given: JsonObject,
  duplicates: [string, string][],
): { object: Record<string, unknown>; pairs: [string, string][] } {
  const object = Object.create(null) as Record<string, unknown>;
  const foldedNames = new Set<string>();
  const texts: [folded: string, name: string, value: string][] = [];
  for (const givenName in given) {
    const value = given[givenName] ?? null;
    const name = composed(givenName);
    const folded = name.toLowerCase();
    if (foldedNames.has(folded)) {
      duplicates.push([`dimensions.${folded}`, `dimensions.${givenName}`]);
      continue;
    }
    foldedNames.add(folded);
    if (value === null || value === '') continue;
    if (typeof value === 'string') {
      const text = composed(value);
      object[name] = text;
      texts.push([folded, name, text]);
    } else {
      object[name] = value;
    }
  }
  texts.sort((left, right) => (left[0] < right[0] ? -1 : 1));
  return { object, pairs: texts.map(([, name, value]) => [name, value]) };
}
