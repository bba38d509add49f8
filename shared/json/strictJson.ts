/**
 * A strict JSON parser (RFC 8259) for what comes from outside. Unlike JSON.parse it keeps the text of numbers, so
 * that no decimal passes through a binary float, and it refuses what would be silently misread: a name twice in one
 * object (the last would win), names that reach an object's prototype, lone surrogates, and nesting deeper than asked
 * for. It is on the path of every posted line, so it walks the text once, by code units, and what stands again at the
 * same place of the next object, be it a name or a value, is recognized instead of read.
 */

import { JsonSyntaxError } from './jsonSyntaxError.ts';
import { JsonNumber, JsonObject } from './jsonValue.ts';
import type { JsonValue } from './jsonValue.ts';
import { ObjectShape } from './objectShape.ts';
import { SourceText } from './sourceText.ts';

const DEFAULT_MAX_DEPTH = 8;

/**
 * Parses one JSON text.
 *
 * @param maxDepth how many arrays and objects may stand inside each other; the outermost counts as 1
 * @throws JsonSyntaxError with line and column of what was found
 */
export function parseStrictJson(text: string, maxDepth = DEFAULT_MAX_DEPTH): JsonValue {
  return new Parser(SourceText.of(text), maxDepth).parseText();
}

/**
 * The same for a text in UTF-8.
 *
 * @throws InvalidUtf8Error, JsonSyntaxError
 */
export function parseStrictJsonBytes(bytes: Uint8Array, maxDepth = DEFAULT_MAX_DEPTH): JsonValue {
  return new Parser(SourceText.ofUtf8(bytes), maxDepth).parseText();
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const UPPER_E = 0x45;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LOWER_E = 0x65;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const LOWER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const TILDE = 0x7e;
const FIRST_SURROGATE = 0xd800;

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
  [0x2f, '/'],
  [0x62, '\b'],
  [LOWER_F, '\f'],
  [LOWER_N, '\n'],
  [0x72, '\r'],
  [LOWER_T, '\t'],
]);
const FOUR_HEX_DIGITS = /^[0-9a-fA-F]{4}$/;

/** What stands behind the end of the text. */
const END = -1;

class Parser {
  readonly #text: SourceText;
  readonly #units: SourceText['units'];
  readonly #maxDepth: number;
  readonly #emptyShape = ObjectShape.empty();
  #at = 0;
  /** Of the strings of the object that is being read. */
  #isPlain = true;

  constructor(text: SourceText, maxDepth: number) {
    this.#text = text;
    this.#units = text.units;
    this.#maxDepth = maxDepth;
  }

  parseText(): JsonValue {
    const value = this.#value(1);
    if (this.#skipSpace() !== END) this.#expected('the end of the text');
    return value;
  }

  #value(depth: number): JsonValue {
    const unit = this.#skipSpace();
    switch (unit) {
      case QUOTE:
        return this.#string();
      case OPEN_BRACE:
        return this.#object(depth);
      case OPEN_BRACKET:
        return this.#array(depth);
      case LOWER_T:
        return this.#word('true', true);
      case LOWER_F:
        return this.#word('false', false);
      case LOWER_N:
        return this.#word('null', null);
      default:
        if (unit === MINUS || isDigit(unit)) return this.#number(unit);
        return this.#expected('a value');
    }
  }

  #object(depth: number): JsonObject {
    this.#checkDepth(depth);
    const outerIsPlain = this.#isPlain;
    this.#isPlain = true;
    let shape = this.#emptyShape;
    const values: JsonValue[] = [];
    let names: Set<string> | undefined;
    this.#at++;
    let unit = this.#skipSpace();
    while (unit !== CLOSE_BRACE || values.length > 0) {
      const expected = shape.next;
      if (expected !== undefined && this.#standsAgain(expected.nameAt, expected.nameEnd)) {
        shape = expected;
      } else {
        if (unit !== QUOTE) this.#expected('a name in double quotes');
        const nameAt = this.#at;
        const name = this.#name();
        const grown: ObjectShape | string =
          shape.known(name) ?? shape.grown(name, (names ??= new Set(shape.names)), nameAt, this.#at);
        if (typeof grown === 'string') this.#fail(nameAt, grown);
        names?.add(name);
        shape = grown;
      }
      if (this.#skipSpace() !== COLON) this.#expected('":"');
      this.#at++;
      // By position: V8 calls out for every push here.
      values[values.length] = this.#skipSpace() === QUOTE ? this.#stringOf(shape) : this.#value(depth + 1);
      unit = this.#skipSpace();
      if (unit === CLOSE_BRACE) break;
      if (unit !== COMMA) this.#expected('"," or "}"');
      this.#at++;
      unit = this.#skipSpace();
    }
    this.#at++;
    const object = new JsonObject(shape, values, this.#isPlain);
    this.#isPlain = outerIsPlain;
    return object;
  }

  /** A string that says nothing of the object's values. */
  #name(): string {
    const isPlain = this.#isPlain;
    const name = this.#string();
    this.#isPlain = isPlain;
    return name;
  }

  /** The string that is the value of the shape's last name. */
  #stringOf(shape: ObjectShape): string {
    if (shape.valueEnd > 0 && this.#standsAgain(shape.valueAt, shape.valueEnd)) return shape.value;
    const othersArePlain = this.#isPlain;
    this.#isPlain = true;
    const at = this.#at;
    const value = this.#string();
    if (this.#isPlain) {
      shape.value = value;
      shape.valueAt = at;
      shape.valueEnd = this.#at;
    }
    this.#isPlain &&= othersArePlain;
    return value;
  }

  /** Whether what stands between two places stands here once more; if so, steps over it. */
  #standsAgain(from: number, end: number): boolean {
    const units = this.#units;
    let at = this.#at;
    for (let one = from; one < end; one++) if (units[one] !== units[at++]) return false;
    this.#at = at;
    return true;
  }

  #array(depth: number): JsonValue[] {
    this.#checkDepth(depth);
    const array: JsonValue[] = [];
    this.#at++;
    if (this.#skipSpace() === CLOSE_BRACKET) {
      this.#at++;
      return array;
    }
    for (;;) {
      array[array.length] = this.#value(depth + 1);
      const unit = this.#skipSpace();
      if (unit !== COMMA && unit !== CLOSE_BRACKET) this.#expected('"," or "]"');
      this.#at++;
      if (unit === CLOSE_BRACKET) return array;
    }
  }

  /** Cuts a string without escapes straight from the text. */
  #string(): string {
    const start = this.#at + 1;
    let at = start;
    let highest = 0;
    for (;;) {
      const unit = this.#unitAt(at);
      if (unit === QUOTE) break;
      if (unit === BACKSLASH) return this.#stringWithEscapes(start, at);
      if (unit < SPACE) this.#unfinishedString(at);
      if (unit > highest) highest = unit;
      at++;
    }
    this.#at = at + 1;
    const value = this.#text.slice(start, at);
    if (highest > TILDE || this.#unitAt(start) === SPACE || this.#unitAt(at - 1) === SPACE)
      this.#isPlain = false;
    if (highest >= FIRST_SURROGATE && !value.isWellFormed()) this.#fail(start - 1, LONE_SURROGATE);
    return value;
  }

  #stringWithEscapes(start: number, firstEscape: number): string {
    const text = this.#text;
    let value = text.slice(start, firstEscape);
    let at = firstEscape;
    let plainFrom = at;
    this.#isPlain = false;
    for (;;) {
      const unit = this.#unitAt(at);
      if (unit === QUOTE) break;
      if (unit === BACKSLASH) {
        value += text.slice(plainFrom, at);
        const escape = this.#unitAt(at + 1);
        if (escape === LOWER_U) {
          const digits = text.slice(at + 2, at + 6);
          if (!FOUR_HEX_DIGITS.test(digits))
            this.#fail(at, 'an escape "\\u" without four hexadecimal digits');
          value += String.fromCharCode(parseInt(digits, 16));
          at += 6;
        } else {
          const character = ESCAPES.get(escape);
          if (character === undefined) this.#fail(at, 'a backslash that begins no escape of JSON');
          value += character;
          at += 2;
        }
        plainFrom = at;
      } else {
        if (unit < SPACE) this.#unfinishedString(at);
        at++;
      }
    }
    this.#at = at + 1;
    value += text.slice(plainFrom, at);
    if (!value.isWellFormed()) this.#fail(start - 1, LONE_SURROGATE);
    return value;
  }

  #number(first: number): JsonNumber {
    const start = this.#at;
    let at = first === MINUS ? start + 1 : start;
    if (this.#unitAt(at) === ZERO) at++;
    else at = this.#digits(at);
    if (this.#unitAt(at) === POINT) at = this.#digits(at + 1);
    const unit = this.#unitAt(at);
    if (unit === LOWER_E || unit === UPPER_E) {
      const sign = this.#unitAt(at + 1);
      at = this.#digits(sign === PLUS || sign === MINUS ? at + 2 : at + 1);
    }
    this.#at = at;
    return new JsonNumber(this.#text.slice(start, at));
  }

  /** Steps over one digit or more. */
  #digits(from: number): number {
    let at = from;
    while (isDigit(this.#unitAt(at))) at++;
    if (at === from) {
      this.#at = at;
      this.#expected('a digit');
    }
    return at;
  }

  #word<Value>(word: string, value: Value): Value {
    if (this.#text.slice(this.#at, this.#at + word.length) !== word) this.#expected('a value');
    this.#at += word.length;
    return value;
  }

  /** The next code unit that is not white space; END at the end. */
  #skipSpace(): number {
    let unit = this.#unitAt(this.#at);
    while (unit === SPACE || unit === LINE_FEED || unit === CARRIAGE_RETURN || unit === TAB)
      unit = this.#unitAt(++this.#at);
    return unit;
  }

  #unitAt(at: number): number {
    return this.#units[at] ?? END;
  }

  #checkDepth(depth: number): void {
    if (depth > this.#maxDepth) this.#fail(this.#at, `more than ${this.#maxDepth} levels of nesting`);
  }

  #unfinishedString(at: number): never {
    if (at >= this.#text.length) this.#fail(at, 'the end of the text within a string');
    this.#fail(at, 'a control character within a string, which must be escaped');
  }

  #expected(what: string): never {
    throw JsonSyntaxError.expected(this.#text.toString(), this.#at, what);
  }

  #fail(at: number, found: string): never {
    throw new JsonSyntaxError(this.#text.toString(), at, `found ${found}`);
  }
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= NINE;
}

const LONE_SURROGATE = 'a string with half of a surrogate pair';
