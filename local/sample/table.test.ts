import { expect, test } from 'vitest';
import { balance, type Place } from './balance.ts';
import { balanceTable } from './table.ts';

const place: Place = {
  organizationId: 'USMF',
  productId: 'D1',
  dimensions: { SiteId: 'US1' },
  dataSource: '@iv',
  physicalMeasure: 'adjustment',
};

test('the table says per legal entity and in all whether both sides are equal, and where they are not', () => {
  const lines = [{ ...place, quantity: '12.5', disposition: 'held' as const }];
  const after = { inventoryVisibility: [{ ...place, applied: '13', onHand: '13' }], supplyChain: [] };
  const rows = balance(lines, { inventoryVisibility: [], supplyChain: [] }, after, () => 1);
  expect(balanceTable(rows).split('\n')).toEqual([
    'Lines',
    '           accepted   held',
    '  USMF            1      1',
    '  in all          1      1',
    '',
    'accepted = applied to IV + parked',
    '           accepted   applied to IV   parked',
    '  USMF         12.5              13        0   NOT EQUAL at 1 place',
    '  in all       12.5              13        0   NOT EQUAL at 1 place',
    '    USMF D1 US1 @iv.adjustment: off by 0.5',
    '',
    'accepted = in ERP + held + DoNotSync + parked   (as stock: what a measure takes away counts negative)',
    '           accepted   in ERP   held   DoNotSync   parked',
    '  USMF         12.5        0   12.5           0        0   equal',
    '  in all       12.5        0   12.5           0        0   equal',
    '',
    'posting left fno + measures in IV as it was   (as stock)',
    '           before posting   fno   measures',
    '  USMF                 13     0         13   equal',
    '  in all               13     0         13   equal',
  ]);
});
