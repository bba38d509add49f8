/**
 * Exact decimals as whole numbers of 10^-10, the accuracy that Inventory Visibility stores. Quantities never pass
 * through a float.
 */

const DECIMALS = 10;
const ONE = 10n ** BigInt(DECIMALS);
const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * Reads a decimal number as written, e.g. `-12.50`, `1e3`.
 * @returns units of 10^-10, or undefined where the text is no number or has more than 10 decimals.
 */
export function parseDecimal(text: string): bigint | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  const shift = DECIMALS + Number(exponent ?? 0) - fraction.length;
  const digits = BigInt(whole + fraction);
  const divisor = shift < 0 ? 10n ** BigInt(-shift) : 1n;
  if (digits % divisor !== 0n) return undefined;
  const units = shift < 0 ? digits / divisor : digits * 10n ** BigInt(shift);
  return sign === '-' ? -units : units;
}

/** Reads a decimal that this simulator itself wrote. @throws when it is none: the stored state is damaged. */
export function storedDecimal(text: string): bigint {
  const units = parseDecimal(text);
  if (units === undefined) throw new Error(`stored value "${text}" is not a decimal number`);
  return units;
}

/** Canonical text: no exponent, no trailing zeros, no minus zero. */
export function formatDecimal(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(DECIMALS + 1, '0');
  const whole = digits.slice(0, -DECIMALS);
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** quantity × price ÷ price quantity, rounded half away from zero to two decimals, as amounts are kept. */
export function amountOf(quantity: bigint, price: bigint, priceQuantity: bigint): bigint {
  const per = priceQuantity === 0n ? ONE : priceQuantity;
  const numerator = quantity * price;
  const cent = ONE / 100n;
  const denominator = per * cent;
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const cents = (2n * n + d) / (2n * d);
  return (negative ? -cents : cents) * cent;
}
