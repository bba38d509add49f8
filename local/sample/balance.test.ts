import { describe, expect, test } from 'vitest';
import {
  type AcceptedLine,
  balance,
  type Disposition,
  isBalanced,
  type Place,
  type Totals,
} from './balance.ts';

const NOTHING: Totals = { inventoryVisibility: [], supplyChain: [] };
const directionOf = (_source: string, measure: string): 1 | -1 => (measure === 'outbound' ? -1 : 1);

function place(changes: Partial<Place> = {}): Place {
  return {
    organizationId: 'USMF',
    productId: 'D1',
    dimensions: { LocationId: 'MAIN', SiteId: 'US1' },
    dataSource: 'pos',
    physicalMeasure: 'inbound',
    ...changes,
  };
}
const outbound = (changes: Partial<Place> = {}): Place => place({ physicalMeasure: 'outbound', ...changes });
const fno = (changes: Partial<Place> = {}): Place =>
  place({ dataSource: 'fno', physicalMeasure: 'physicalinvent', ...changes });

function line(quantity: string, disposition: Disposition, where = place()): AcceptedLine {
  return { ...where, quantity, disposition };
}

function rowsOf(lines: AcceptedLine[], after: Totals, before = NOTHING): ReturnType<typeof balance> {
  return balance(lines, before, after, directionOf);
}

describe('the balance', () => {
  test('holds when both sides have what was accepted, exactly', () => {
    const rows = rowsOf([line('0.1', 'erp'), line('0.2', 'erp')], {
      inventoryVisibility: [
        { ...place(), applied: '0.3', onHand: '0' },
        { ...fno(), applied: '0', onHand: '0.3' },
      ],
      supplyChain: [{ ...place(), quantity: '0.3' }],
    });
    expect(isBalanced(rows)).toBe(true);
    expect(rows).toMatchObject([
      {
        organizationId: 'USMF',
        lines: { erp: 2 },
        cache: { left: '0.3', right: { 'applied to IV': '0.3', parked: '0' } },
        journals: { left: '0.3', right: { 'in ERP': '0.3', held: '0', DoNotSync: '0', parked: '0' } },
        stock: { left: '0.3', right: { fno: '0.3', measures: '0' } },
      },
      { lines: { erp: 2 } },
    ]);
    expect(rows[1]).not.toHaveProperty('organizationId');
  });

  test('turns the sign of a measure of opposite direction towards the ERP, not towards the cache', () => {
    const rows = rowsOf([line('3', 'erp', outbound()), line('2', 'held', outbound())], {
      inventoryVisibility: [
        { ...outbound(), applied: '5', onHand: '2' },
        { ...fno(), applied: '0', onHand: '-3' },
      ],
      supplyChain: [{ ...outbound(), quantity: '-3' }],
    });
    expect(isBalanced(rows)).toBe(true);
    expect(rows[0]).toMatchObject({
      cache: { left: '5' },
      journals: { left: '-5', right: { 'in ERP': '-3', held: '-2' } },
      stock: { left: '-5', right: { fno: '-3', measures: '-2' } },
    });
  });

  test('counts what the cache parked for neither side, and what a journal parked for the cache', () => {
    const rows = rowsOf([line('4', 'parkedByCache'), line('6', 'parkedByJournal')], {
      inventoryVisibility: [{ ...place(), applied: '6', onHand: '6' }],
      supplyChain: [],
    });
    expect(isBalanced(rows)).toBe(true);
    expect(rows[0]?.journals.right).toMatchObject({ parked: '10' });
  });

  test('shows differences that cancel out in the sum', () => {
    const [first, second] = [place(), place({ productId: 'D2' })];
    const rows = rowsOf([line('1', 'doNotSync', first), line('-1', 'doNotSync', second)], {
      inventoryVisibility: [
        { ...first, applied: '2', onHand: '2' },
        { ...second, applied: '-2', onHand: '-2' },
      ],
      supplyChain: [],
    });
    expect(isBalanced(rows)).toBe(false);
    expect(rows.map(({ cache }) => cache.differences)).toEqual([
      ['USMF D1 MAIN US1 pos.inbound: off by 1', 'USMF D2 MAIN US1 pos.inbound: off by -1'],
      ['USMF D1 MAIN US1 pos.inbound: off by 1', 'USMF D2 MAIN US1 pos.inbound: off by -1'],
    ]);
  });

  test('shows what nobody posted', () => {
    const stranger = place({ organizationId: 'DEMF' });
    const rows = rowsOf([], { inventoryVisibility: [], supplyChain: [{ ...stranger, quantity: '7' }] });
    expect(rows[0]).toMatchObject({
      organizationId: 'DEMF',
      journals: { differences: [expect.stringContaining('7')] },
    });
  });

  test('shows stock that posting has changed', () => {
    const rows = rowsOf([line('5', 'erp')], {
      inventoryVisibility: [
        { ...place(), applied: '5', onHand: '5' },
        { ...fno(), applied: '0', onHand: '5' },
      ],
      supplyChain: [{ ...place(), quantity: '5' }],
    });
    expect(rows[0]).toMatchObject({ cache: { differences: [] }, journals: { differences: [] } });
    expect(rows[0]?.stock.differences).toEqual(['USMF D1 MAIN US1 fno + measures: off by 5']);
  });

  test('leaves out what was there before', () => {
    const before: Totals = {
      inventoryVisibility: [{ ...place(), applied: '100', onHand: '40' }],
      supplyChain: [{ ...place(), quantity: '60' }],
    };
    const rows = rowsOf(
      [line('1', 'held')],
      { ...before, inventoryVisibility: [{ ...place(), applied: '101', onHand: '41' }] },
      before,
    );
    expect(isBalanced(rows)).toBe(true);
  });

  test('does not hold while a line is on its way, even one of no quantity', () => {
    expect(isBalanced(rowsOf([line('0', 'open')], NOTHING))).toBe(false);
  });
});
