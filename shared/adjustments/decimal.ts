/**
 * Exact decimals with ten places, the precision of Inventory Visibility's own columns. Binary floats are never used
 * for a quantity or a cost: 0.1 added ten times must be 1, in any order.
 *
 * A *canonical decimal* is the one text of a value: no exponent, no plus, no trailing zeros, no minus before zero.
 * A *scaled* decimal is the value times 10^10 as a bigint: what sums are made with.
 */

export const DECIMAL_PLACES = 10;

/** The largest magnitude a single line may state, scaled. Source: the range of the business layer's quantity column. */
export const MAX_SCALED_MAGNITUDE = 100_000_000_000n * 10n ** BigInt(DECIMAL_PLACES);

const SCALE = 10n ** BigInt(DECIMAL_PLACES);

/** Longer texts are refused unread: no number in range needs them, and they would cost quadratic time. */
const MAX_LEXEME_LENGTH = 400;

export type DecimalFault = 'NotADecimal' | 'TooManyDecimals' | 'OutOfRange';

/** A text that is not taken, and why. */
export interface RefusedDecimal {
  readonly fault: DecimalFault;
}

const PLAIN = /^-?(?:0|[1-9]\d{0,10})(?:\.\d{1,10})?$/;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * The canonical decimal of a JSON number's text (`number`) or of a decimal string (`text`).
 *
 * Float noise is forgiven in a JSON number: where the text is how a double is written (its shortest form, or all 17
 * digits) and the double's 15 significant digits need at most ten places, that value was meant: 0.30000000000000004
 * is 0.3. Any other digit after the tenth place is refused, never rounded away.
 */
export function canonicalDecimal(lexeme: string, form: 'number' | 'text'): string | RefusedDecimal {
  if (PLAIN.test(lexeme)) return withoutTrailingZeros(lexeme);
  const parsed = parseExact(lexeme);
  if (parsed === undefined) return { fault: 'NotADecimal' };
  if (parsed.digits === '') return '0';
  // The value is digits × 10^exponent, without trailing zeros: its magnitude lies below 10^(length + exponent).
  if (parsed.digits.length + parsed.exponent > 12) return { fault: 'OutOfRange' };
  if (parsed.exponent >= -DECIMAL_PLACES) return formatInRange(parsed);
  const meant = form === 'number' ? withoutFloatNoise(lexeme, parsed) : undefined;
  return meant === undefined ? { fault: 'TooManyDecimals' } : formatInRange(meant);
}

/** A canonical decimal as a bigint scaled by 10^10. */
export function scaledFromDecimal(canonical: string): bigint {
  const point = canonical.indexOf('.');
  if (point < 0) return BigInt(canonical) * SCALE;
  const fraction = canonical.slice(point + 1);
  return BigInt(canonical.slice(0, point) + fraction.padEnd(DECIMAL_PLACES, '0'));
}

/** The canonical decimal of a bigint scaled by 10^10. Sums may be larger than any single line. */
export function decimalFromScaled(scaled: bigint): string {
  const negative = scaled < 0n;
  const digits = (negative ? -scaled : scaled).toString().padStart(DECIMAL_PLACES + 1, '0');
  const whole = digits.slice(0, -DECIMAL_PLACES);
  const fraction = digits.slice(-DECIMAL_PLACES).replace(/0+$/, '');
  return (negative ? '-' : '') + (fraction === '' ? whole : `${whole}.${fraction}`);
}

/** The canonical decimal of opposite sign; zero stays zero. */
export function negateDecimal(canonical: string): string {
  if (canonical === '0') return canonical;
  return canonical.startsWith('-') ? canonical.slice(1) : `-${canonical}`;
}

/** digits × 10^exponent; `digits` has neither leading nor trailing zeros and is empty for zero. */
interface ExactDecimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

function parseExact(lexeme: string): ExactDecimal | undefined {
  if (lexeme.length > MAX_LEXEME_LENGTH) return undefined;
  const match = DECIMAL.exec(lexeme);
  if (match === null) return undefined;
  const fraction = match[3] ?? '';
  const significant = `${match[2] ?? ''}${fraction}`.replace(/^0+/, '');
  const digits = significant.replace(/0+$/, '');
  const exponent = Number(match[4] ?? '0') - fraction.length + (significant.length - digits.length);
  return { negative: match[1] === '-', digits, exponent };
}

/** What was meant by a double's text, or undefined when the text is not a double's or means what it says. */
function withoutFloatNoise(lexeme: string, parsed: ExactDecimal): ExactDecimal | undefined {
  const double = Number(lexeme);
  if (!sameDecimal(parsed, String(double)) && !sameDecimal(parsed, double.toPrecision(17))) return undefined;
  const meant = parseExact(double.toPrecision(15));
  return meant !== undefined && meant.exponent >= -DECIMAL_PLACES ? meant : undefined;
}

function sameDecimal(parsed: ExactDecimal, text: string): boolean {
  const other = parseExact(text);
  return other !== undefined && other.digits === parsed.digits && other.exponent === parsed.exponent;
}

function formatInRange({ negative, digits, exponent }: ExactDecimal): string | RefusedDecimal {
  const magnitude = BigInt(digits) * 10n ** BigInt(exponent + DECIMAL_PLACES);
  if (magnitude > MAX_SCALED_MAGNITUDE) return { fault: 'OutOfRange' };
  return decimalFromScaled(negative ? -magnitude : magnitude);
}

/** Of a plain lexeme: cuts the zeros that mean nothing, and the minus before zero. */
function withoutTrailingZeros(lexeme: string): string {
  let text = lexeme;
  if (lexeme.includes('.')) {
    let end = lexeme.length;
    while (lexeme.charCodeAt(end - 1) === 48) end--;
    if (lexeme.charCodeAt(end - 1) === 46) end--;
    text = lexeme.slice(0, end);
  }
  return text === '-0' ? '0' : text;
}
