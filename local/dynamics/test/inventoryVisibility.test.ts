// Sources: inventory-visibility-api.md ("Create multiple change events", "Query by using the post method");
// ivtests of Inventory-Visibility-Add-in-Examples (names without regard to case, quantities as strings).
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { DynamicsOptions } from '../dynamicsOptions.ts';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { CLIENT, DynamicsClient } from './dynamicsClient.ts';

let now = Date.UTC(2026, 2, 1, 12);
const running: RunningDynamics[] = [];
let client: DynamicsClient;

async function start(options: Partial<DynamicsOptions> = {}): Promise<DynamicsClient> {
  const dynamics = await startDynamics({ clients: [CLIENT], ...options }, () => now);
  running.push(dynamics);
  return new DynamicsClient(dynamics.url);
}
beforeEach(async () => {
  client = await start();
});
afterAll(() => Promise.all(running.map((dynamics) => dynamics.close())));

const five = { '@iv': { adjustment: 5 } };
const success = (id: string) => ({ id, processingStatus: 'success', message: '', statusCode: 200 });

describe('onhand/bulk', () => {
  it('answers for each event in the documented shape', async () => {
    const answer = await client.postEvents([
      { id: 'a', quantities: five },
      { id: 'b', quantities: { fno: { physicalinvent: 1 } } },
    ]);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual([
      success('a'),
      expect.objectContaining({ id: 'b', processingStatus: 'failure', statusCode: 400 }),
    ]);
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '5' });
  });

  it('counts an id once, within a request and for ever', async () => {
    const again = { id: 'a', quantities: five };
    expect((await client.postEvents([again, again])).json).toEqual([success('a'), success('a')]);
    now += 365 * 24 * 3600_000;
    expect((await client.postEvents([again])).json).toEqual([success('a')]);
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '5' });
  });

  it('forgets ids after a window, where it has one', async () => {
    client = await start({ eventIdWindowMs: 60_000 });
    await client.postEvents([{ id: 'a', quantities: five }]);
    now += 59_999;
    await client.postEvents([{ id: 'a', quantities: five }]);
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '5' });
    now += 1;
    await client.postEvents([{ id: 'a', quantities: five }]);
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '10' });
  });

  it('sums numbers exactly, whether sent as number or as string', async () => {
    const event = (id: string, quantity: string): string =>
      `{"id":"${id}","organizationId":"usmf","productId":"P","dimensions":{},"quantities":{"pos":{"inbound":${quantity}}}}`;
    const quantities = ['0.1', '0.2', '"90071992547.4099301"', '1e-10', '-90071992547.4099'];
    const body = quantities.map((quantity, index) => event(`e${index}`, quantity)).join(',');
    const answer = await client.postIv('onhand/bulk', `[${body}]`);
    expect((answer.json as { statusCode: number }[]).map((result) => result.statusCode)).toEqual(
      quantities.map(() => 200),
    );
    const query = await client.postIv(
      'onhand/indexquery',
      '{"filters":{"organizationId":["usmf"]},"returnNegative":true}',
    );
    expect(query.text).toContain('"inbound":0.3000301001}');
  });

  it.each(['0.12345678901', '"12,5"', '"NaN"', 'true', '100000000000.1'])(
    'refuses the quantity %s',
    async (quantity) => {
      const body = `[{"id":"a","organizationId":"u","productId":"p","quantities":{"pos":{"inbound":${quantity}}}}]`;
      expect((await client.postIv('onhand/bulk', body)).json).toMatchObject([{ id: 'a', statusCode: 400 }]);
      expect(await client.onHand()).toEqual({});
    },
  );

  it('tells no upper from lower case, in names and in values, and takes empty dimensions as absent', async () => {
    const body = (id: string, product: string, site: string, measure: string): string =>
      `{"ID":"${id}","organizationid":"USMF","ProductId":"${product}","Dimensions":{"${site}":"s1","batchId":""},"quantities":{"@IV":{"${measure}":"1"}}}`;
    const events = [body('a', 'd0001', 'SiteID', 'Adjustment'), body('b', 'D0001', 'siteid', 'adjustment')];
    await client.postIv('onhand/bulk', `[${events.join(',')}]`);
    expect((await client.totals()).inventoryVisibility).toEqual([
      {
        organizationId: 'USMF',
        productId: 'd0001',
        dimensions: { SiteId: 's1' },
        dataSource: '@iv',
        physicalMeasure: 'adjustment',
        applied: '2',
        synchronized: '0',
        onHand: '2',
      },
    ]);
  });

  it('knows the configured data sources and their names for dimensions', async () => {
    client = await start({
      dataSources: [
        {
          name: 'pos',
          physicalMeasures: ['Inbound'],
          dimensionNames: { Colour: 'ColorId', Shop: 'LocationId' },
        },
      ],
    });
    const quantities = { POS: { inbound: 1 } };
    const answer = await client.postEvents([
      {
        id: 'mapped',
        dimensionDataSource: 'Pos',
        dimensions: { colour: 'red', shop: 'S', siteId: '1' },
        quantities,
      },
      { id: 'unmapped', dimensions: { colour: 'red' }, quantities },
      { id: 'twice', dimensionDataSource: 'pos', dimensions: { colour: 'red', ColorId: 'blue' }, quantities },
      { id: 'measure', quantities: { pos: { outbound: 1 } } },
      { id: 'source', quantities: { erp: { inbound: 1 } } },
    ]);
    expect((answer.json as { statusCode: number }[]).map(({ statusCode }) => statusCode)).toEqual([
      200, 400, 400, 400, 400,
    ]);
    expect((await client.totals()).inventoryVisibility).toMatchObject([
      { dimensions: { ColorId: 'red', LocationId: 'S', SiteId: '1' }, applied: '1' },
    ]);
  });

  it.each([
    ['513 records', JSON.stringify(Array.from({ length: 513 }, (_, index) => ({ id: `${index}` }))), 400],
    ['no array', '{"id":"a"}', 400],
    ['an event without id', '[{"organizationId":"u","productId":"p","quantities":{}}]', 400],
    ['broken JSON', '[{]', 400],
    ['a body of 5 MiB', `[${' '.repeat(5 * 1024 * 1024)}]`, 413],
  ])('refuses %s as a whole', async (_what, body, status) => {
    const answer = await client.postIv('onhand/bulk', body);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ statusCode: status });
  });

  it('takes 512 records', async () => {
    const events = Array.from({ length: 512 }, (_, index) => ({ id: `e${index}`, quantities: five }));
    expect((await client.postEvents(events)).status).toBe(200);
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '2560' });
  });
});

describe('onhand/indexquery', () => {
  const query = async (body: unknown): Promise<unknown> =>
    (await client.postIv('onhand/indexquery', JSON.stringify(body))).json;

  beforeEach(async () => {
    const dimensions = (color: string): Record<string, string> => ({
      siteId: '1',
      locationId: '11',
      colorId: color,
    });
    await client.postEvents([
      { id: '1', dimensions: dimensions('red'), quantities: { pos: { Inbound: 3 } } },
      { id: '2', dimensions: dimensions('blue'), quantities: { pos: { Inbound: 4, outbound: -2 } } },
      { id: '3', productId: 'D0002', dimensions: dimensions('red'), quantities: { pos: { inbound: 1 } } },
      { id: '4', organizationId: 'demf', dimensions: dimensions('red'), quantities: { pos: { inbound: 9 } } },
    ]);
  });

  it('groups by site and location, and by what is asked for', async () => {
    const filters = { organizationId: ['USMF'], productId: ['d0001'], siteId: ['1'], locationId: ['11'] };
    expect(await query({ filters, groupByValues: ['ColorId'], returnNegative: true })).toEqual([
      {
        productId: 'D0001',
        dimensions: { siteid: '1', locationid: '11', ColorId: 'red' },
        quantities: { pos: { inbound: 3 } },
      },
      {
        productId: 'D0001',
        dimensions: { siteid: '1', locationid: '11', ColorId: 'blue' },
        quantities: { pos: { inbound: 4, outbound: -2 } },
      },
    ]);
    expect(await query({ filters, groupByValues: [], returnNegative: false })).toEqual([
      {
        productId: 'D0001',
        dimensions: { siteid: '1', locationid: '11' },
        quantities: { pos: { inbound: 7 } },
      },
    ]);
  });

  it('filters by dimensions', async () => {
    const filters = { organizationId: ['usmf'], ColorId: ['RED'] };
    expect(await query({ filters, groupByValues: ['colorid'] })).toMatchObject([
      { productId: 'D0001' },
      { productId: 'D0002' },
    ]);
  });

  it.each([
    [{ filters: { organizationId: ['usmf', 'demf'] } }],
    [{ filters: {} }],
    [{}],
    [{ filters: { organizationId: ['usmf'], flavour: ['x'] } }],
  ])('refuses %j', async (body) => {
    expect(await query(body)).toMatchObject({ statusCode: 400 });
  });
});
