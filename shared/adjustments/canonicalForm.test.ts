import { describe, expect, test } from 'vitest';
import type { SubmittedLine } from './adjustmentLine.ts';
import { submittedDimensions } from './dimensions.ts';
import { canonicalForm, fingerprint, flatFingerprint } from './canonicalForm.ts';

const line: SubmittedLine = {
  id: 'A-1',
  organizationId: 'usmf',
  productId: 'D0001',
  quantityDataSource: 'pos',
  physicalMeasure: 'Inbound',
  dimensions: submittedDimensions([
    ['locationId', '13'],
    ['siteId', '1'],
  ]),
  quantity: '5',
};

const print = (changes: Partial<SubmittedLine>): string =>
  Buffer.from(fingerprint({ ...line, ...changes }), 'latin1').toString('hex');

describe('the canonical form', () => {
  test('stays what it is: stored fingerprints are compared with it', () => {
    expect(canonicalForm(line)).toBe(
      '[1,"USMF","A-1","D0001","pos","inbound",[["locationid","13"],["siteid","1"]],"5",null,null,null,null,null]',
    );
    expect(print({})).toBe('e4e36255b21ac3a5');
    expect(fingerprint(line)).toHaveLength(8);
  });

  test('its earlier spelling stays what it is as well', () => {
    // SHA-256 of [1,"USMF","A-1","D0001","pos","inbound","5",null,null,null,null,null,"locationid","13","siteid","1"]
    expect(Buffer.from(flatFingerprint(line), 'latin1').toString('hex')).toBe('399ca1d94db890c0');
  });

  test.each<[string, Partial<SubmittedLine>]>([
    ['the case of the legal entity', { organizationId: 'USMF' }],
    ['the case of the data source', { quantityDataSource: 'POS' }],
    ['the case of the measure', { physicalMeasure: 'INBOUND' }],
    [
      'the case of a dimension’s name',
      {
        dimensions: submittedDimensions([
          ['LocationID', '13'],
          ['SITEID', '1'],
        ]),
      },
    ],
    [
      'the order of the dimensions',
      {
        dimensions: submittedDimensions([
          ['siteId', '1'],
          ['locationId', '13'],
        ]),
      },
    ],
  ])('%s does not matter', (_what, changes) => {
    expect(print(changes)).toBe(print({}));
  });

  test.each<[string, Partial<SubmittedLine>]>([
    ['the id', { id: 'a-1' }],
    ['the product', { productId: 'd0001' }],
    ['the quantity', { quantity: '-5' }],
    [
      'a dimension’s value',
      {
        dimensions: submittedDimensions([
          ['locationId', '1'],
          ['siteId', '13'],
        ]),
      },
    ],
    [
      'a dimension more',
      {
        dimensions: submittedDimensions([
          ['colorId', 'red'],
          ['locationId', '13'],
          ['siteId', '1'],
        ]),
      },
    ],
    ['a cost of zero', { costPrice: '0' }],
    ['a cost', { costPrice: '5' }],
    ['a date', { transDate: '2026-02-28' }],
    ['a category', { externalReferenceCategory: 'Sales' }],
    ['a reference', { externalReferenceId: 'Sales' }],
    ['a journal name', { fnoJournalNameId: 'Sales' }],
  ])('%s matters', (_what, changes) => {
    expect(print(changes)).not.toBe(print({}));
  });

  test('text cannot pass from one field into another', () => {
    expect(print({ productId: 'a","b' })).not.toBe(print({ productId: 'a', quantityDataSource: 'b' }));
    expect(print({ externalReferenceCategory: 'x' })).not.toBe(print({ externalReferenceId: 'x' }));
  });
});
