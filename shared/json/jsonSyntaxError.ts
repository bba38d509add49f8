/** What strictJson.ts throws: where in the text, and what was found there. */

import { quoted } from './quoted.ts';

export class JsonSyntaxError extends Error {
  /** From 1. */
  readonly line: number;
  /** In characters, from 1. */
  readonly column: number;

  constructor(text: string, at: number, what: string) {
    const { line, column } = position(text, at);
    super(`Line ${line}, column ${column}: ${what}.`);
    this.name = 'JsonSyntaxError';
    this.line = line;
    this.column = column;
  }

  /** Something else stands where only `what` may. */
  static expected(text: string, at: number, what: string): JsonSyntaxError {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const found = at >= text.length ? 'the end of the text' : quoted(character);
    return new JsonSyntaxError(text, at, `found ${found} instead of ${what}`);
  }
}

function position(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let i = before.indexOf('\n'); i >= 0; i = before.indexOf('\n', i + 1)) line++;
  return { line, column: Array.from(before.slice(lineStart)).length + 1 };
}
