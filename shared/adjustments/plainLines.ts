/**
 * The short way from parsed JSON to a line, for lines about which there is nothing to say: every name known, all text
 * printable ASCII, everything of the right type and within its limits. Any other line is left to namedLine.ts and the
 * schema, which understand more and explain what they refuse; for a line that both take, both give the same.
 */

import { JsonNumber, JsonObject } from '../json/jsonValue.ts';
import type { JsonValue } from '../json/jsonValue.ts';
import type { ObjectShape } from '../json/objectShape.ts';
import type { SubmittedLine } from './adjustmentLine.ts';
import type { AdjustmentLineField } from './adjustmentLineSchema.ts';
import { ADJUSTMENT_LINE_FIELDS, adjustmentLineSchema, MAX_DIMENSIONS } from './adjustmentLineSchema.ts';
import { calendarDate } from './calendarDate.ts';
import { canonicalDecimal } from './decimal.ts';
import { byFoldedName, DimensionNames, foldedName, type SubmittedDimensions } from './dimensions.ts';
import { identifierFault } from './identifierText.ts';
import { fieldNamed } from './namedLine.ts';

const { properties } = adjustmentLineSchema;
const MAX_NAME_LENGTH = properties.dimensions.propertyNames.maxLength;
const MAX_VALUE_LENGTH = properties.dimensions.additionalProperties.maxLength;

/** Says of a value that it is not plain, where undefined says that it is absent. */
const NOT_PLAIN = null;

/** Where each field stands in lines of one shape; -1 where it does not. */
type FieldPositions = Readonly<Record<AdjustmentLineField, number>>;

interface DimensionsPlan {
  readonly names: DimensionNames;
  /** For each of the names, its position among the values. */
  readonly positions: readonly number[];
}

/** Reads the lines of one request. What it has found out about a shape it remembers until another one comes. */
export class PlainLines {
  #shape: ObjectShape | undefined;
  #positions: FieldPositions | undefined;
  #dimensionsShape: ObjectShape | undefined;
  #dimensionsPlan: DimensionsPlan | undefined;
  #dateText = '';
  #date: string | undefined;

  /** The line, or undefined when it is not plain. */
  read({ shape, values, isPlain }: JsonObject): SubmittedLine | undefined {
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#positions = fieldPositions(shape);
    }
    const at = this.#positions;
    if (!isPlain || at === undefined) return undefined;
    const id = text(values[at.id], properties.id.maxLength);
    const organizationId = text(values[at.organizationId], properties.organizationId.maxLength);
    const productId = text(values[at.productId], properties.productId.maxLength);
    const quantityDataSource = text(values[at.quantityDataSource], properties.quantityDataSource.maxLength);
    const physicalMeasure = text(values[at.physicalMeasure], properties.physicalMeasure.maxLength);
    const quantity = decimal(values[at.quantity]);
    const dimensions = this.#dimensions(values[at.dimensions]);
    if (!id || !organizationId || !productId || !quantityDataSource || !physicalMeasure) return undefined;
    if (!quantity || dimensions === undefined) return undefined;
    const { externalReferenceCategory, externalReferenceId, fnoJournalNameId } = properties;
    const category = text(values[at.externalReferenceCategory], externalReferenceCategory.maxLength);
    const reference = text(values[at.externalReferenceId], externalReferenceId.maxLength);
    const journalName = text(values[at.fnoJournalNameId], fnoJournalNameId.maxLength);
    const costPrice = decimal(values[at.costPrice]);
    const transDate = this.#dateOf(values[at.transDate]);
    if (category === NOT_PLAIN || reference === NOT_PLAIN || journalName === NOT_PLAIN) return undefined;
    if (costPrice === NOT_PLAIN || transDate === NOT_PLAIN) return undefined;
    const line: { -readonly [Field in keyof SubmittedLine]: SubmittedLine[Field] } = {
      id,
      organizationId,
      productId,
      quantityDataSource,
      physicalMeasure,
      dimensions,
      quantity,
    };
    if (category !== undefined) line.externalReferenceCategory = category;
    if (reference !== undefined) line.externalReferenceId = reference;
    if (journalName !== undefined) line.fnoJournalNameId = journalName;
    if (costPrice !== undefined) line.costPrice = costPrice;
    if (transDate !== undefined) line.transDate = transDate;
    return line;
  }

  #dimensions(value: JsonValue | undefined): SubmittedDimensions | undefined {
    if (!(value instanceof JsonObject) || !value.isPlain) return undefined;
    if (value.shape !== this.#dimensionsShape) {
      this.#dimensionsShape = value.shape;
      this.#dimensionsPlan = dimensionsPlan(value.shape);
    }
    const plan = this.#dimensionsPlan;
    if (plan === undefined) return undefined;
    const { names, positions } = plan;
    const values = new Array<string | undefined>(positions.length);
    for (let index = 0; index < positions.length; index++) {
      const one = text(value.values[positions[index] ?? -1], MAX_VALUE_LENGTH);
      if (one === NOT_PLAIN) return undefined;
      values[index] = one;
    }
    return { names, values };
  }

  /** Lines that follow each other mostly have the same date. */
  #dateOf(value: JsonValue | undefined): string | undefined | typeof NOT_PLAIN {
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') return NOT_PLAIN;
    if (value !== this.#dateText) {
      this.#dateText = value;
      this.#date = calendarDate(value);
    }
    return this.#date ?? NOT_PLAIN;
  }
}

function text(value: JsonValue | undefined, maxLength: number): string | undefined | typeof NOT_PLAIN {
  if (typeof value === 'string')
    return value === '' ? undefined : value.length <= maxLength ? value : NOT_PLAIN;
  return value === undefined || value === null ? undefined : NOT_PLAIN;
}

function decimal(value: JsonValue | undefined): string | undefined | typeof NOT_PLAIN {
  if (value === undefined || value === null || value === '') return undefined;
  const canonical =
    value instanceof JsonNumber
      ? canonicalDecimal(value.text, 'number')
      : typeof value === 'string'
        ? canonicalDecimal(value, 'text')
        : NOT_PLAIN;
  return typeof canonical === 'string' ? canonical : NOT_PLAIN;
}

/** Undefined when a name is no field's, or a second one of the same field. */
function fieldPositions(shape: ObjectShape): FieldPositions | undefined {
  const positions = Object.fromEntries(ADJUSTMENT_LINE_FIELDS.map((field) => [field, -1])) as Record<
    AdjustmentLineField,
    number
  >;
  if (shape.names.length > ADJUSTMENT_LINE_FIELDS.length) return undefined;
  for (const [position, name] of shape.names.entries()) {
    const field = fieldNamed(name);
    if (field === undefined || positions[field] >= 0) return undefined;
    positions[field] = position;
  }
  return positions;
}

/** Undefined when the names need another look. */
function dimensionsPlan({ names }: ObjectShape): DimensionsPlan | undefined {
  if (names.length > MAX_DIMENSIONS) return undefined;
  const sorted = names.map((name, position) => ({ ...foldedName(name), position })).sort(byFoldedName);
  for (const [index, { given, folded }] of sorted.entries()) {
    if (folded === sorted[index + 1]?.folded) return undefined;
    if (given === '' || given.length > MAX_NAME_LENGTH || identifierFault(given) !== undefined)
      return undefined;
  }
  return { names: new DimensionNames(sorted), positions: sorted.map(({ position }) => position) };
}
