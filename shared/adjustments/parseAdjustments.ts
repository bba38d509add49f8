/**
 * The body of a posting: bytes → submitted lines, or everything that is wrong with them. Depends on the bytes alone;
 * settings come later, because a line that is already stored is recognized whatever today's settings are.
 */

import { InvalidUtf8Error } from '../json/decodeUtf8.ts';
import { JsonSyntaxError } from '../json/jsonSyntaxError.ts';
import { quoted, visible } from '../json/quoted.ts';
import { JsonObject } from '../json/jsonValue.ts';
import { parseStrictJsonBytes } from '../json/strictJson.ts';
import type { JsonValue } from '../json/jsonValue.ts';
import type { LineProblem, SubmittedLine } from './adjustmentLine.ts';
import { calendarDate } from './calendarDate.ts';
import { explainLine, kindOf } from './explainLine.ts';
import { organizationKey } from './keys.ts';
import type { LineProblemCode } from './lineProblems.ts';
import { hasLineShape } from './lineShape.ts';
import type { NamedLine } from './namedLine.ts';
import { namedLine } from './namedLine.ts';
import { PlainLines } from './plainLines.ts';

export interface ParsedAdjustments {
  /** By position in the request; undefined where `problems` says what is wrong with the line. */
  readonly lines: readonly (SubmittedLine | undefined)[];
  /** By position: the id, where the line has a string for it. For answers, also about lines with problems. */
  readonly ids: readonly (string | undefined)[];
  readonly problems: readonly LineProblem[];
}

export type RefusedRequestCode =
  'BodyNotUtf8' | 'BodyNotJson' | 'BodyNotAnArray' | 'NoLines' | 'TooManyLines';

/** The request as a whole cannot be taken. */
export class RefusedRequestError extends Error {
  readonly code: RefusedRequestCode;
  constructor(code: RefusedRequestCode, message: string) {
    super(message);
    this.name = 'RefusedRequestError';
    this.code = code;
  }
}

/**
 * @param maxLines lines that one request may have
 * @throws RefusedRequestError
 */
export function parseAdjustments(body: Uint8Array, maxLines: number): ParsedAdjustments {
  const values = linesOf(body);
  if (values.length === 0) {
    throw new RefusedRequestError('NoLines', 'The array is empty; post at least one line.');
  }
  if (values.length > maxLines) {
    throw new RefusedRequestError(
      'TooManyLines',
      `The request has ${values.length} lines; at most ${maxLines} are allowed. Post them in several requests.`,
    );
  }
  const lines: (SubmittedLine | undefined)[] = [];
  const ids: (string | undefined)[] = [];
  const problems: LineProblem[] = [];
  const plainLines = new PlainLines();
  for (const [position, value] of values.entries()) {
    if (!(value instanceof JsonObject)) {
      lines.push(undefined);
      ids.push(undefined);
      problems.push(notAnObject(value, position));
      continue;
    }
    const plain = plainLines.read(value);
    if (plain !== undefined) {
      lines.push(plain);
      ids.push(plain.id);
      continue;
    }
    const named = namedLine(value);
    const line = submittedLine(named);
    lines.push(line);
    ids.push(typeof named.fields.id === 'string' ? named.fields.id : undefined);
    if (line === undefined) problems.push(...explainLine(named, position));
  }
  refuseTwins(lines, problems);
  return { lines, ids, problems };
}

function linesOf(body: Uint8Array): JsonValue[] {
  let value: JsonValue;
  try {
    value = parseStrictJsonBytes(body);
  } catch (error) {
    if (error instanceof InvalidUtf8Error) throw new RefusedRequestError('BodyNotUtf8', error.message);
    if (error instanceof JsonSyntaxError) {
      throw new RefusedRequestError('BodyNotJson', `The body is not acceptable JSON. ${error.message}`);
    }
    throw error;
  }
  if (!Array.isArray(value)) {
    throw new RefusedRequestError('BodyNotAnArray', 'The body is not a JSON array; post an array of lines.');
  }
  return value;
}

function submittedLine(named: NamedLine): SubmittedLine | undefined {
  if (named.unknownFields.length > 0 || named.duplicates.length > 0) return undefined;
  if (!hasLineShape(named.fields)) return undefined;
  // The schema has just established the types of all fields but the two that are replaced here.
  const fields = named.fields as Omit<SubmittedLine, 'dimensions'>;
  const date = fields.transDate === undefined ? undefined : calendarDate(fields.transDate);
  return { ...fields, dimensions: named.dimensions, ...(date === undefined ? {} : { transDate: date }) };
}

/** Two lines with one id, be they alike or not, are a mistake of the sender: which one is meant cannot be known. */
function refuseTwins(lines: (SubmittedLine | undefined)[], problems: LineProblem[]): void {
  const byLegalEntity = new Map<string, Map<string, number>>();
  const twins = new Map<number, number>();
  for (const [position, line] of lines.entries()) {
    if (line === undefined) continue;
    const key = organizationKey(line.organizationId);
    let firstPositions = byLegalEntity.get(key);
    if (firstPositions === undefined) byLegalEntity.set(key, (firstPositions = new Map<string, number>()));
    const first = firstPositions.get(line.id);
    if (first === undefined) {
      firstPositions.set(line.id, position);
    } else {
      twins.set(position, first);
      if (!twins.has(first)) twins.set(first, position);
    }
  }
  for (const [position, other] of twins) {
    const id = lines[position]?.id ?? '';
    problems.push({
      code: 'DuplicateIdInRequest' satisfies LineProblemCode,
      line: position,
      field: 'id',
      value: visible(id),
      message: `id of line ${position} (${quoted(id)}) is also the id of line ${other}; give every line of a legal entity its own id.`,
    });
  }
  for (const position of twins.keys()) lines[position] = undefined;
}

function notAnObject(value: JsonValue, position: number): LineProblem {
  return {
    code: 'NotAnObject' satisfies LineProblemCode,
    line: position,
    field: '',
    message: `Line ${position} is ${kindOf(value)}; it must be a JSON object.`,
  };
}
