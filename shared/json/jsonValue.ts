/** What strictJson.ts makes of a text: nothing is lost that a later reader may need, and nothing can be mistaken. */
import type { ObjectShape } from './objectShape.ts';

/** A number as it is written. */
export class JsonNumber {
  /** A number of the JSON grammar, e.g. `-1.50e3`. */
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type JsonValue = string | boolean | null | JsonNumber | JsonValue[] | JsonObject;

/** An object as names and values, side by side. Names are data here: none of them can mean anything to the language. */
export class JsonObject {
  /** Its names. Objects of one text with the same names in the same order have the same shape. */
  readonly shape: ObjectShape;
  /** In the order of the names. */
  readonly values: readonly JsonValue[];
  /**
   * Whether every string among its values is written in printable ASCII, unescaped, without a space at either end:
   * known without another look, because each was read character by character.
   */
  readonly isPlain: boolean;

  constructor(shape: ObjectShape, values: readonly JsonValue[], isPlain: boolean) {
    this.shape = shape;
    this.values = values;
    this.isPlain = isPlain;
  }
}
