import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalDecimal,
  decimalFromScaled,
  MAX_SCALED_MAGNITUDE,
  negateDecimal,
  scaledFromDecimal,
} from './decimal.ts';

const anyScaled = fc.bigInt({ min: -MAX_SCALED_MAGNITUDE, max: MAX_SCALED_MAGNITUDE });

describe('a decimal is taken exactly', () => {
  test.each([
    ['0', '0'],
    ['-0', '0'],
    ['-0.000', '0'],
    ['0e999999999999', '0'],
    ['5', '5'],
    ['-5', '-5'],
    ['5.0', '5'],
    ['5.10', '5.1'],
    ['10', '10'],
    ['100.00', '100'],
    ['1e3', '1000'],
    ['1E+3', '1000'],
    ['1.5e-3', '0.0015'],
    ['1e-10', '0.0000000001'],
    ['0.1234567891', '0.1234567891'],
    ['1.000000000000000000000', '1'],
    ['9007199254740993e-6', '9007199254.740993'],
    ['100000000000', '100000000000'],
    ['-100000000000.0', '-100000000000'],
    ['99999999999.9999999999', '99999999999.9999999999'],
    ['1e11', '100000000000'],
  ])('%s is %s', (lexeme, canonical) => {
    expect(canonicalDecimal(lexeme, 'number')).toBe(canonical);
    expect(canonicalDecimal(lexeme, 'text')).toBe(canonical);
  });

  test('leading zeros of a decimal string mean nothing', () => {
    expect(canonicalDecimal('007.50', 'text')).toBe('7.5');
    expect(canonicalDecimal('-000', 'text')).toBe('0');
    expect(canonicalDecimal('0000000000000000.5', 'text')).toBe('0.5');
    expect(canonicalDecimal('0000000000000007', 'text')).toBe('7');
  });
});

describe('float noise', () => {
  test.each([
    ['0.30000000000000004', '0.3'],
    ['-0.30000000000000004', '-0.3'],
    ['1.1500000000000001', '1.15'],
    ['5.999999999999999', '6'],
    ['0.10000000000000001', '0.1'],
    ['3.0000000000000004E-1', '0.3'],
    ['1234567.8900000001', '1234567.8900000001'],
    // The ten places of these are all meant; what follows them is how a double is written.
    ['0.12345678910000001', '0.1234567891'],
    ['5.1000000000999997', '5.1000000001'],
  ])('%s of a JSON number is %s', (lexeme, canonical) => {
    expect(canonicalDecimal(lexeme, 'number')).toBe(canonical);
  });

  test('a decimal string says what it means: its noise is refused', () => {
    expect(canonicalDecimal('0.30000000000000004', 'text')).toEqual({ fault: 'TooManyDecimals' });
  });

  test.each(['0.30000000000000001', '0.29999999999999998'])('%s is how no double is written', (lexeme) => {
    expect(canonicalDecimal(lexeme, 'number')).toEqual({ fault: 'TooManyDecimals' });
  });

  test('sums of two-digit prices written as doubles are forgiven', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.integer({ min: 0, max: 10_000_000 }),
        (a, b) => {
          const exact = decimalFromScaled(BigInt(a + b) * 10n ** 8n);
          expect(canonicalDecimal(String(a / 100 + b / 100), 'number')).toBe(exact);
        },
      ),
    );
  });
});

describe('what is no exact decimal in range is refused', () => {
  test.each([
    ['0.12345678901', 'TooManyDecimals'],
    ['1e-11', 'TooManyDecimals'],
    ['1e-400', 'TooManyDecimals'],
    ['1e-99999999999999999999', 'TooManyDecimals'],
    ['0.300000000000000041', 'TooManyDecimals'],
    ['0.1234567890125', 'TooManyDecimals'],
    ['100000000000.0000000001', 'OutOfRange'],
    ['-100000000001', 'OutOfRange'],
    ['1e309', 'OutOfRange'],
    ['1e99999999999999999999', 'OutOfRange'],
    ['NaN', 'NotADecimal'],
    ['Infinity', 'NotADecimal'],
    ['', 'NotADecimal'],
    ['-', 'NotADecimal'],
    ['+5', 'NotADecimal'],
    ['.5', 'NotADecimal'],
    ['5.', 'NotADecimal'],
    ['12,5', 'NotADecimal'],
    ['1_000', 'NotADecimal'],
    [' 5', 'NotADecimal'],
    ['5 ', 'NotADecimal'],
    ['5\n', 'NotADecimal'],
    ['0x10', 'NotADecimal'],
    ['1e', 'NotADecimal'],
    ['1e1.5', 'NotADecimal'],
    ['٥', 'NotADecimal'],
    ['1'.repeat(1_000_000), 'NotADecimal'],
  ])('%.40s: %s', (lexeme, fault) => {
    expect(canonicalDecimal(lexeme, 'number')).toEqual({ fault });
    expect(canonicalDecimal(lexeme, 'text')).toEqual({ fault });
  });
});

describe('arithmetic', () => {
  test('canonical text and scaled value are each other’s inverse', () => {
    fc.assert(
      fc.property(anyScaled, (scaled) => {
        const text = decimalFromScaled(scaled);
        expect(scaledFromDecimal(text)).toBe(scaled);
        expect(canonicalDecimal(text, 'number')).toBe(text);
        expect(canonicalDecimal(text, 'text')).toBe(text);
      }),
    );
  });

  test('every spelling of a value has the same canonical text', () => {
    fc.assert(
      fc.property(
        anyScaled,
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: -15, max: 15 }),
        (scaled, zeros, shift) => {
          const digits = `${scaled.toString()}${'0'.repeat(zeros)}`;
          const exponent = -10 - zeros;
          const spelling = `${digits}e${exponent}`;
          expect(canonicalDecimal(spelling, 'text')).toBe(decimalFromScaled(scaled));
          const padded = `${digits}${'0'.repeat(Math.max(0, shift))}e${exponent - Math.max(0, shift)}`;
          expect(canonicalDecimal(padded, 'number')).toBe(decimalFromScaled(scaled));
        },
      ),
    );
  });

  test('negates as integers do', () => {
    fc.assert(
      fc.property(anyScaled, (scaled) => {
        expect(negateDecimal(decimalFromScaled(scaled))).toBe(decimalFromScaled(-scaled));
      }),
    );
  });

  test('0.1 added ten times is 1', () => {
    let sum = 0n;
    for (let i = 0; i < 10; i++) sum += scaledFromDecimal('0.1');
    expect(decimalFromScaled(sum)).toBe('1');
  });
});
