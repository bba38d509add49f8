// Source: inventory-visibility-adjustment-offset.md (row, trigger, check boxes). The sign rule is the product's own:
// stock as the sum of `fno` and the adjustment measures must be the same before and after posting.
import { afterEach, describe, expect, it } from 'vitest';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { ALL_OFFSET_DIMENSIONS } from '../supplyChain/offset.ts';
import type { OffsetRow } from '../supplyChain/offset.ts';
import { CLIENT, DynamicsClient } from './dynamicsClient.ts';
import { headerFile, lineFile, packageZip } from './samplePackage.ts';

let dynamics: RunningDynamics;
let client: DynamicsClient;
const HOUR = 3600_000;

async function start(offsetRows?: readonly OffsetRow[]): Promise<void> {
  dynamics = await startDynamics({
    clients: [CLIENT],
    importIntervalMs: 0,
    postingJobIntervalMs: 0,
    offsetDelayMs: HOUR,
    ...(offsetRows ? { offsetRows } : {}),
  });
  client = new DynamicsClient(dynamics.url);
}
afterEach(() => dynamics.close());

const row: OffsetRow = {
  dataSource: '@IV',
  physicalMeasure: 'Adjustment',
  trigger: 'Post',
  sign: 'same',
  dimensions: ALL_OFFSET_DIMENSIONS,
};

function importLine(line: Record<string, string>, expectedStatus = 'Posted'): Promise<string> {
  return client.importNow(packageZip([headerFile([['J1', 'J1', expectedStatus]]), lineFile([line])]));
}
const post = (): Promise<unknown> => client.control('POST', 'posting-job/run');
const synchronize = (): Promise<unknown> => client.control('POST', 'synchronization/run');

describe('adjustment offset', () => {
  it('takes the measure down and fno up, with the next synchronization after posting', async () => {
    await start();
    await client.postEvents([{ id: 'a', quantities: { '@iv': { adjustment: 7.5 } } }]);
    await importLine({ INVENTORYQUANTITY: '7.5' });
    await synchronize();
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '7.5' });
    await post();
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '7.5' });
    await synchronize();
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '0', 'fno.physicalinvent': '7.5' });
    const { inventoryVisibility, supplyChain } = await client.totals();
    expect(inventoryVisibility).toContainEqual(
      expect.objectContaining({ dataSource: '@iv', applied: '7.5', synchronized: '-7.5', onHand: '0' }),
    );
    expect(supplyChain).toMatchObject([{ quantity: '7.5', postedQuantity: '7.5', postedLines: 1 }]);
    await post();
    await synchronize();
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '0', 'fno.physicalinvent': '7.5' });
  });

  it('takes a measure of opposite direction back towards zero: fno less the measure stays the same', async () => {
    await start([{ ...row, dataSource: 'pos', physicalMeasure: 'outbound', sign: 'opposite' }]);
    await client.postEvents([{ id: 'a', quantities: { pos: { outbound: 10 } } }]);
    await importLine({
      INVENTORYQUANTITY: '-10',
      INVENTORYSERVICEADJUSTMENTOFFSETDATASOURCE: 'POS',
      INVENTORYSERVICEADJUSTMENTOFFSETPHYSICALMEASURE: 'Outbound',
    });
    await post();
    await synchronize();
    expect(await client.onHand()).toEqual({ 'pos.outbound': '0', 'fno.physicalinvent': '-10' });
  });

  it('acts on creation where the row says so, once, and follows a changed quantity', async () => {
    await start([{ ...row, trigger: 'Create' }]);
    await client.postEvents([{ id: 'a', quantities: { '@iv': { adjustment: 5 } } }]);
    await importLine({}, 'Created');
    await importLine({}, 'Created');
    await synchronize();
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '0' });
    await importLine({ INVENTORYQUANTITY: '4' }, 'Created');
    await synchronize();
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '1' });
    await importLine({ INVENTORYQUANTITY: '4' }, 'Posted');
    await post();
    await synchronize();
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '1', 'fno.physicalinvent': '4' });
  });

  it('leaves out dimensions whose box is not checked, and measures that no row covers', async () => {
    await start([{ ...row, dimensions: { ...ALL_OFFSET_DIMENSIONS, batch: false } }]);
    await importLine({ ITEMBATCHNUMBER: 'B1' });
    await post();
    await synchronize();
    const { inventoryVisibility } = await client.totals();
    expect(inventoryVisibility).toMatchObject([
      { dataSource: '@iv', dimensions: { LocationId: '13', SiteId: '1' }, onHand: '-5' },
      { dataSource: 'fno', dimensions: { BatchId: 'B1', LocationId: '13', SiteId: '1' }, onHand: '5' },
    ]);
    expect(inventoryVisibility[0]).not.toHaveProperty('dimensions.BatchId');
    await client.importNow(
      packageZip([
        headerFile([['J2', 'J2', 'Posted']]),
        lineFile([
          {
            JOURNALNUMBER: 'J2',
            INVENTORYSERVICETRANSACTIONID: 'other',
            INVENTORYSERVICEADJUSTMENTOFFSETPHYSICALMEASURE: 'other',
          },
        ]),
      ]),
    );
    await post();
    await synchronize();
    expect((await client.totals()).inventoryVisibility).toHaveLength(3);
  });
});

describe('posting job', () => {
  it('posts only journals that are expected to be posted and have lines, and refuses changes afterwards', async () => {
    await start();
    await importLine({}, 'Created');
    await client.importNow(packageZip([headerFile([['J2', 'empty', 'Posted']])]));
    expect((await client.control('POST', 'posting-job/run')).json).toEqual({ posted: [] });
    await importLine({}, 'Posted');
    expect((await client.control('POST', 'posting-job/run')).json).toEqual({ posted: ['J1'] });
    const messageId = await importLine({ INVENTORYQUANTITY: '6' }, 'Posted');
    expect(await client.actionValue('GetMessageStatus', { messageId })).toBe('ProcessedWithErrors');
    expect((await client.totals()).supplyChain).toMatchObject([{ quantity: '5', postedQuantity: '5' }]);
  });
});
