import { describe, expect, it } from 'vitest';
import { amountOf, formatDecimal, parseDecimal } from './decimal.ts';

function canonical(text: string): string | undefined {
  const units = parseDecimal(text);
  return units === undefined ? undefined : formatDecimal(units);
}

describe('exact decimals', () => {
  it.each([
    ['12.50', '12.5'],
    ['-0', '0'],
    ['-0.1', '-0.1'],
    ['+3', '3'],
    ['1e3', '1000'],
    ['1.5E-2', '0.015'],
    ['90071992547409930.0000000001', '90071992547409930.0000000001'],
    ['0.10000000000', '0.1'],
  ])('reads %s as %s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it.each(['', '.', '-', '1,5', '1.2.3', 'NaN', '0x1', '1e9999', '0.00000000001', ' 1'])(
    'refuses "%s"',
    (text) => {
      expect(canonical(text)).toBeUndefined();
    },
  );

  it('rounds amounts half away from zero, to cents', () => {
    const amount = (...texts: [string, string, string]): string => {
      const [quantity, price, per] = texts.map((text) => parseDecimal(text) ?? 0n);
      return formatDecimal(amountOf(quantity ?? 0n, price ?? 0n, per ?? 0n));
    };
    expect(amount('1', '0.005', '1')).toBe('0.01');
    expect(amount('-1', '0.005', '1')).toBe('-0.01');
    expect(amount('10', '3', '100')).toBe('0.3');
    expect(amount('2', '3', '0')).toBe('6');
  });
});
