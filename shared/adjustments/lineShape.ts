/**
 * Applies the line's schema. Most lines are right, so the common question is only "is it?"; a second validator that
 * collects everything is asked about a line that is not.
 */

import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import {
  adjustmentLineSchema,
  DATE_FORMAT,
  DECIMAL_FORMAT,
  IDENTIFIER_FORMAT,
} from './adjustmentLineSchema.ts';
import { calendarDate } from './calendarDate.ts';
import { canonicalDecimal } from './decimal.ts';
import { identifierFault } from './identifierText.ts';

function compiled(allErrors: boolean): ValidateFunction {
  const ajv = new Ajv({
    allErrors,
    allowUnionTypes: true,
    formats: {
      [IDENTIFIER_FORMAT]: (text: string) => identifierFault(text) === undefined,
      [DECIMAL_FORMAT]: (text: string) => typeof canonicalDecimal(text, 'text') === 'string',
      [DATE_FORMAT]: (text: string) => calendarDate(text) !== undefined,
    },
  });
  return ajv.compile(adjustmentLineSchema);
}

let quick: ValidateFunction | undefined;
let thorough: ValidateFunction | undefined;

/** True when the fields of a line (see namedLine.ts) satisfy the schema. */
export function hasLineShape(fields: object): boolean {
  quick ??= compiled(false);
  return quick(fields);
}

/** Everything about a line that does not satisfy the schema. */
export function shapeErrors(fields: object): readonly ErrorObject[] {
  thorough ??= compiled(true);
  thorough(fields);
  return thorough.errors ?? [];
}
