import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { environmentKey, organizationKey } from './keys.ts';

describe('the key of a legal entity', () => {
  test.each([
    ['USMF', 'USMF'],
    ['usmf', 'USMF'],
    ['De-1.x_2', 'DE-1.X_2'],
    ['a~b', 'A=7EB'],
    ['a/b\\c#d?e', 'A=2FB=5CC=23D=3FE'],
    ['a=7Eb', 'A=3D7EB'],
    ['é', '=C3=89'],
    ['é', '=C3=89'],
    ['\u0000', '=00'],
    ['😀', '=F0=9F=98=80'],
  ])('%j is %s', (text, key) => {
    expect(organizationKey(text)).toBe(key);
    expect(environmentKey(text)).toBe(key);
  });

  test('holds safe characters only, and different folds have different keys', () => {
    const fold = (text: string): string => text.normalize('NFC').toUpperCase().normalize('NFC');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(organizationKey(a)).toMatch(/^[A-Z0-9._=-]*$/);
        expect(organizationKey(a) === organizationKey(b)).toBe(fold(a) === fold(b));
      }),
    );
  });
});
