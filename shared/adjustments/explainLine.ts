/** Says what is wrong with a line that does not have the schema's form: line, field, value and remedy. */

import type { ErrorObject } from 'ajv';
import { quoted, visible } from '../json/quoted.ts';
import { JsonNumber } from '../json/jsonValue.ts';
import type { LineProblem } from './adjustmentLine.ts';
import type { AdjustmentLineField } from './adjustmentLineSchema.ts';
import { ADJUSTMENT_LINE_FIELDS, MAX_DIMENSIONS } from './adjustmentLineSchema.ts';
import type { DecimalFault } from './decimal.ts';
import { canonicalDecimal, DECIMAL_PLACES } from './decimal.ts';
import { identifierFault } from './identifierText.ts';
import type { LineProblemCode } from './lineProblems.ts';
import { shapeErrors } from './lineShape.ts';
import type { NamedLine } from './namedLine.ts';

/** A line that is all wrong would otherwise be answered at many times its length. */
const MAX_PROBLEMS_PER_LINE = 20;

/** All problems of a line's form, at most 20; empty when it has none. `line` counts from 0. */
export function explainLine(named: NamedLine, line: number): LineProblem[] {
  const problems: LineProblem[] = [];
  for (const name of named.unknownFields.slice(0, MAX_PROBLEMS_PER_LINE)) {
    problems.push({
      code: 'UnknownField' satisfies LineProblemCode,
      line,
      field: visible(name),
      message: `Line ${line} has the field ${quoted(name)}, which does not exist. The fields are: ${ADJUSTMENT_LINE_FIELDS.join(', ')}.`,
    });
  }
  for (const [name, secondSpelling] of named.duplicates.slice(0, MAX_PROBLEMS_PER_LINE)) {
    problems.push({
      code: 'DuplicateField' satisfies LineProblemCode,
      line,
      field: visible(name),
      value: visible(secondSpelling),
      message: `Line ${line} has ${visible(name)} twice, the second time as ${quoted(secondSpelling)}. Names are compared without regard to case; keep one.`,
    });
  }
  for (const error of shapeErrors(named.fields)) {
    if (problems.length >= MAX_PROBLEMS_PER_LINE) break;
    // Follows the error of the name itself.
    if (error.keyword !== 'propertyNames') problems.push(explain(error, named, line));
  }
  return problems.slice(0, MAX_PROBLEMS_PER_LINE);
}

function explain(error: ErrorObject, named: NamedLine, line: number): LineProblem {
  const params = error.params as Readonly<Record<string, unknown>>;
  const path = error.instancePath.split('/').slice(1).map(unescaped);
  const problem = (
    code: LineProblemCode,
    what: string,
    at = path,
    value: unknown = valueAt(named, at),
  ): LineProblem => {
    const field = visible(at.join('.'));
    const shown = value === null ? '' : ` (${shownValue(value)})`;
    return {
      code,
      line,
      field,
      ...(value === null ? {} : { value: visible(textOf(value)) }),
      message: `${field} of line ${line}${shown} ${what}.`,
    };
  };
  switch (error.keyword) {
    case 'required':
      return problem('MissingField', 'is missing; it is required', [String(params['missingProperty'])], null);
    case 'type':
      return problem('WrongType', `is ${kindOf(valueAt(named, path))}; it must be ${wantedType(path)}`);
    case 'maxLength': {
      const name = error.propertyName;
      const at = name === undefined ? path : [...path, name];
      const value = name ?? valueAt(named, path);
      const limit = String(params['limit']);
      return problem(
        'TooLong',
        `has ${Array.from(textOf(value)).length} characters; at most ${limit} are allowed`,
        at,
        value,
      );
    }
    case 'maxProperties':
      return problem(
        'TooManyDimensions',
        `has more than ${MAX_DIMENSIONS} dimensions; there are no more`,
        path,
        null,
      );
    case 'format':
      return explainFormat(error, named, path, problem);
    default:
      throw new Error(`No explanation for the schema's keyword ${error.keyword}`);
  }
}

type Explained = (code: LineProblemCode, what: string, at?: string[], value?: unknown) => LineProblem;

function explainFormat(
  error: ErrorObject,
  named: NamedLine,
  path: string[],
  problem: Explained,
): LineProblem {
  const value = valueAt(named, path);
  switch ((error.params as { format: string }).format) {
    case 'decimal':
      return explainDecimal(value, problem);
    case 'calendar-date':
      return problem(
        'InvalidDate',
        'is not a date that a journal can carry; write a day of the calendar as yyyy-MM-dd, after 1900-01-01 (which means "no date") and not after 2154-12-31, e.g. "2026-01-31"',
      );
    default: {
      const name = error.propertyName;
      const text = name ?? textOf(value);
      const fault = identifierFault(text) ?? 'holds a character that is not allowed';
      return problem('InvalidCharacters', fault, name === undefined ? path : [...path, name], text);
    }
  }
}

function explainDecimal(value: unknown, problem: Explained): LineProblem {
  const text = textOf(value);
  const decimal = canonicalDecimal(text, value instanceof JsonNumber ? 'number' : 'text');
  const fault: DecimalFault = typeof decimal === 'string' ? 'NotADecimal' : decimal.fault;
  switch (fault) {
    case 'NotADecimal':
      return problem(
        'NotADecimal',
        text.includes(',')
          ? `is not a decimal number; use a point and no separators, e.g. "12.5"`
          : `is not a decimal number; write digits, e.g. "12.5"`,
      );
    case 'TooManyDecimals':
      return problem(
        'TooManyDecimals',
        `has more than ${DECIMAL_PLACES} decimals; round it to at most ${DECIMAL_PLACES}`,
      );
    case 'OutOfRange':
      return problem('OutOfRange', 'is out of range; it must lie between -100000000000 and 100000000000');
  }
}

/** The value as it came, not as it was brought into form. */
function valueAt(named: NamedLine, path: readonly string[]): unknown {
  const [field, dimension] = path;
  if (field === undefined) return undefined;
  if (dimension === undefined) return named.raw[field as AdjustmentLineField];
  return (named.fields.dimensions as Readonly<Record<string, unknown>>)[dimension];
}

function wantedType(path: readonly string[]): string {
  const [field, dimension] = path;
  if (field === 'quantity' || field === 'costPrice') return 'a number or a decimal string, e.g. "12.5"';
  if (field === 'dimensions' && dimension === undefined) return 'an object of dimension names and values';
  return 'a string';
}

/** For messages: `a number`, `an array`. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof JsonNumber) return 'a number';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Text as it came; arrays and objects are only named. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof JsonNumber) return value.text;
  return typeof value === 'boolean' ? String(value) : kindOf(value);
}

function shownValue(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : visible(textOf(value));
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
