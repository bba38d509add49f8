import { describe, expect, test } from 'vitest';
import { accept, dimensions, exampleAcceptance, exampleSubmitted } from './acceptanceExamples.ts';
import { acceptanceRules } from './acceptanceRules.ts';
import { submittedDimensions } from './dimensions.ts';

test('what is prepared of settings is kept, and what names mean with it', () => {
  const rules = acceptanceRules(exampleAcceptance);
  expect(acceptanceRules(exampleAcceptance)).toBe(rules);
  const source = rules.dataSources.get('pos');
  const meaning = source?.meaningOf(exampleSubmitted.dimensions.names);
  expect(meaning).toBeDefined();
  expect(source?.meaningOf(exampleSubmitted.dimensions.names)).toBe(meaning);
  expect(meaning?.byBase?.names).toEqual(['LocationId', 'SiteId']);
  expect(meaning?.byBase?.places).toMatchObject([
    { position: 0, isRequired: true },
    { position: 1, isRequired: true },
  ]);
});

test.each<[string, [string, string][]]>([
  [
    'a name means nothing',
    [
      ['locationId', '1'],
      ['shade', '1'],
      ['siteId', '1'],
    ],
  ],
  [
    'two mean the same',
    [
      ['locationId', '1'],
      ['siteId', '1'],
      ['store', '1'],
    ],
  ],
  [
    'a required one is not among them',
    [
      ['colorId', '1'],
      ['siteId', '1'],
    ],
  ],
])('lines are looked at one by one where %s', (_what, given) => {
  const source = acceptanceRules({ ...exampleAcceptance }).dataSources.get('pos');
  expect(source?.meaningOf(submittedDimensions(given).names).byBase).toBeUndefined();
});

describe('the limits of Supply Chain Management', () => {
  test.each(['counted', 'free'])('do not hold for measure %s, which is not sent there', (physicalMeasure) => {
    const long = {
      physicalMeasure,
      productId: 'x'.repeat(21),
      fnoJournalNameId: 'x'.repeat(11),
      dimensions: dimensions({ farbe: 'x'.repeat(11), serialId: 'S-1' }),
    };
    expect(accept(long)).not.toBeInstanceOf(Array);
  });

  test('do not hold for a measure of which another data source’s namesake is sent there', () => {
    const mappings = exampleAcceptance.mappings.map((mapping) => ({ ...mapping, dataSource: '@iv' }));
    const long = { productId: 'x'.repeat(21) };
    expect(accept(long, { mappings })).not.toBeInstanceOf(Array);
    expect(accept(long)).toMatchObject([{ code: 'TooLongForSupplyChain' }]);
  });

  test('allow what just fits, one serial number up or down, and any length of what has no column', () => {
    for (const quantity of ['1', '-1']) {
      const line = accept({
        quantity,
        productId: 'x'.repeat(20),
        fnoJournalNameId: 'x'.repeat(10),
        dimensions: dimensions({
          serialId: 's'.repeat(20),
          licensePlateId: 'l'.repeat(25),
          reason: 'r'.repeat(50),
          batchId: 'b'.repeat(50),
        }),
      });
      expect(line).not.toBeInstanceOf(Array);
    }
  });
});
