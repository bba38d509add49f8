/**
 * JSON whose numbers keep their digits: read as the text that was sent, written as the text that is held. A float
 * in between would turn 0.1 + 0.2 into a quantity nobody posted.
 */

/** A number as it stood in the JSON text. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toJSON(): unknown {
    return exactJson.rawJSON(this.text);
  }
}

/** The parts of JSON that Node has (since 21) and TypeScript's library does not know yet. */
const exactJson = JSON as unknown as {
  rawJSON(text: string): unknown;
  parse(
    text: string,
    revive: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
};

/** Parses UTF-8 JSON; every number becomes a NumberText. @throws SyntaxError or TypeError naming what is wrong. */
export function parseExactJson(body: Uint8Array): unknown {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  return exactJson.parse(text, (_key, value, context) =>
    typeof value === 'number' ? new NumberText(context.source ?? String(value)) : value,
  );
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText)
  );
}

/** A property by its name without regard to case, as the services read their bodies (ivtests post `productid`). */
export function property(object: Readonly<Record<string, unknown>>, name: string): unknown {
  const folded = name.toLowerCase();
  for (const [key, value] of Object.entries(object)) if (key.toLowerCase() === folded) return value;
  return undefined;
}
