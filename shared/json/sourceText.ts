/**
 * A text to be read from front to back. Its UTF-16 code units are looked at by position, which costs a fraction of
 * asking a string for its characters; strings are cut from it where they are wanted.
 */

import { isAscii } from 'node:buffer';
import { decodeUtf8 } from './decodeUtf8.ts';

/**
 * So much of an ASCII text is decoded at a time. A string of hundreds of kilobytes gets memory of its own from the
 * system, page by page, for every request, which costs more than all the copying.
 */
const WINDOW_UNITS = 32 * 1024;

export class SourceText {
  readonly units: Uint8Array | Uint16Array;
  /** Where the text is ASCII, so that bytes are units. */
  readonly #bytes: Buffer | undefined;
  /** A part of the text that strings are cut from. */
  #window: string;
  #windowAt = 0;

  private constructor(units: Uint8Array | Uint16Array, text: string, bytes?: Buffer) {
    this.units = units;
    this.#window = text;
    this.#bytes = bytes;
  }

  static of(text: string): SourceText {
    const units = new Uint16Array(text.length);
    Buffer.from(units.buffer).write(text, 'utf16le');
    return new SourceText(units, text);
  }

  /** @throws InvalidUtf8Error */
  static ofUtf8({ buffer, byteOffset, byteLength }: Uint8Array): SourceText {
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    return isAscii(bytes)
      ? new SourceText(new Uint8Array(buffer, byteOffset, byteLength), '', bytes)
      : SourceText.of(decodeUtf8(bytes));
  }

  get length(): number {
    return this.units.length;
  }

  /** The text between two positions. Cheapest when they grow from call to call. */
  slice(start: number, end: number): string {
    if (end > this.#windowAt + this.#window.length || start < this.#windowAt) this.#moveWindow(start, end);
    return this.#window.slice(start - this.#windowAt, end - this.#windowAt);
  }

  #moveWindow(start: number, end: number): void {
    if (this.#bytes === undefined) return;
    this.#windowAt = start;
    this.#window = this.#bytes.toString('latin1', start, Math.max(end, start + WINDOW_UNITS));
  }

  toString(): string {
    return this.#bytes?.toString('latin1') ?? this.#window;
  }
}
