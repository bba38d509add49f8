/** Quantities as Dynamics writes them, as canonical decimals. */
import { canonicalDecimal } from '../adjustments/decimal.ts';
import { JsonNumber } from '../json/jsonValue.ts';

const NUMBER = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * The canonical decimal of a number of an answer; undefined for anything else. Sums of many lines exceed what one
 * line may state, and a peer may give more than ten places: such a value is kept exactly, so that it compares as
 * different.
 */
export function quantityText(value: unknown): string | undefined {
  if (!(value instanceof JsonNumber)) return undefined;
  const canonical = canonicalDecimal(value.text, 'number');
  return typeof canonical === 'string' ? canonical : exactDecimal(value.text);
}

function exactDecimal(lexeme: string): string | undefined {
  const match = NUMBER.exec(lexeme);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const places = fraction.length - Number(exponent);
  const digits = whole + fraction + '0'.repeat(Math.max(0, -places));
  const padded = digits.padStart(places + 1, '0');
  const point = places > 0 ? padded.length - places : padded.length;
  const wholeText = padded.slice(0, point).replace(/^0+(?=\d)/, '');
  const fractionText = padded.slice(point).replace(/0+$/, '');
  const text = fractionText ? `${wholeText}.${fractionText}` : wholeText;
  return text === '0' ? text : sign + text;
}

/** The exact sum of quantities that {@link quantityText} gave, however many places they have. */
export function sumOfQuantities(quantities: readonly string[]): string {
  const places = Math.max(0, ...quantities.map((text) => text.split('.')[1]?.length ?? 0));
  const sum = quantities.reduce((total, text) => {
    const [whole = '', fraction = ''] = text.split('.');
    return total + BigInt(whole + fraction.padEnd(places, '0'));
  }, 0n);
  return exactDecimal(`${sum}e-${places}`) ?? '0';
}
