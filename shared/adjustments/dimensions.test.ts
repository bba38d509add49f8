import { expect, test } from 'vitest';
import { byFoldedName, submittedDimensions } from './dimensions.ts';

test('names are kept as they were given and compared without regard to case, values beside them', () => {
  const { names, values } = submittedDimensions([
    ['siteId', '1'],
    ['ColorId', 'Red'],
    ['Cafe\u0301', 'x'],
  ]);
  expect(names.given).toEqual(['Café', 'ColorId', 'siteId']);
  expect(names.folded).toEqual(['café', 'colorid', 'siteid']);
  expect(values).toEqual(['x', 'Red', '1']);
});

test('the order of names is total', () => {
  const [a, b] = [{ folded: 'a' }, { folded: 'b' }];
  expect([byFoldedName(a, b), byFoldedName(b, a), byFoldedName(a, a)]).toEqual([-1, 1, 0]);
});
