/** The cache refuses a line, or cannot be asked while a posting waits for it: neither takes back what was accepted. */
import { expect, test } from 'vitest';
import { type HttpAnswer, httpCall } from '../support/httpCall.ts';
import type { LinePage, LineResult } from '../support/answers.ts';
import { line } from '../support/localSettings.ts';
import type { LocalSystem } from '../support/localSystem.ts';
import { startLocalSystem } from '../support/useLocalSystem.ts';

const pageOf = async (system: LocalSystem, recordId: string): Promise<LinePage> =>
  (await system.get(`adjustmentLines/${recordId}`)).json();

const driveUntilPosted = (system: LocalSystem, recordId: string): Promise<boolean> =>
  system.driveUntil('the line is posted', async () => {
    return (await pageOf(system, recordId)).aggregatedLine?.status === 'FnOTransPosted';
  });

/** What was applied to the cache per product, and what stands in the ERP. */
async function counted(system: LocalSystem): Promise<{ cache: unknown[][]; erp: unknown[][] }> {
  const { inventoryVisibility, supplyChain } = await system.dynamics.totals();
  const posted = inventoryVisibility.filter(({ dataSource }) => dataSource === 'pos');
  return {
    cache: posted.map(({ productId, applied }) => [productId, applied]),
    erp: supplyChain.map(({ productId, postedQuantity }) => [productId, postedQuantity]),
  };
}

test('a refused line is parked with its reason, and those beside it go on', async () => {
  const system = await startLocalSystem();
  await system.misbehave({
    kind: 'rejectProduct',
    productId: 'BAD',
    statusCode: 400,
    message: 'No such item.',
  });
  const answer = await system.post([
    line('good-1', { productId: 'GOOD', quantity: 2 }),
    line('bad-1', { productId: 'BAD' }),
    line('good-2', { productId: 'GOOD', quantity: 3 }),
  ]);
  expect(answer.status).toBe(200);
  const [first, refused] = answer.json<LineResult[]>();
  await driveUntilPosted(system, first?.lineRecordId ?? '');
  expect(await pageOf(system, refused?.lineRecordId ?? '')).toMatchObject({
    status: 'Created',
    parked: { reason: 'refused', message: 'No such item.', statusCode: 400 },
  });
  expect(await counted(system)).toEqual({ cache: [['GOOD', '5']], erp: [['GOOD', '5']] });
});

test('a refused line that an operator has driven again is posted, once, under its id', async () => {
  const system = await startLocalSystem();
  const rejection = { productId: 'LATE', statusCode: 400, message: 'No such item.' };
  await system.misbehave({ kind: 'rejectProduct', ...rejection, count: 1 });
  const posted = await system.post([line('late', { productId: 'LATE' }), line('other')]);
  const [lineRecordId = '', otherId = ''] = posted.json<LineResult[]>().map((each) => each.lineRecordId);
  await system.driveUntil('the line is parked', async () => {
    return (await pageOf(system, lineRecordId)).parked !== undefined;
  });
  const order = (path: string, body: unknown): Promise<HttpAnswer> =>
    httpCall({
      url: system.url(`adjustmentLines/${path}`),
      method: 'POST',
      headers: { authorization: `Bearer ${system.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const judged = await order('verdict', {
    reason: 'r',
    verdict: 'applied',
    lines: [{ lineRecordId, batch: 1 }],
  });
  expect(judged.json()).toMatchObject({ results: [{ outcome: 'notParked' }] });
  const reason = 'the item was released';
  const preview = await order('redrive?preview=true', { reason, organizationId: 'USMF' });
  expect(preview.json()).toMatchObject({ changed: 0, results: [{ lineRecordId, outcome: 'redriven' }] });
  const driven = await order('redrive', { reason, lineRecordIds: [lineRecordId] });
  expect({ status: driven.status, ...driven.json<object>() }).toMatchObject({ status: 200, changed: 1 });
  // They may be in packages of different runs.
  for (const each of [lineRecordId, otherId]) await driveUntilPosted(system, each);
  expect(
    await order('redrive', { reason, lineRecordIds: [lineRecordId] }).then(({ text }) => text),
  ).toContain('"changed":0');
  const once = [
    ['D0001', '1'],
    ['LATE', '1'],
  ];
  const { cache, erp } = await counted(system);
  expect({ cache: cache.toSorted(), erp: erp.toSorted() }).toEqual({ cache: once, erp: once });
});

test('without a token for the cache, createWithIVSync accepts all the same, and a timer goes on', async () => {
  const system = await startLocalSystem({ settings: { periodicallySynchronize: false } });
  // Not the keys of its callers' tokens: without them nobody could be let in.
  await system.misbehave({ kind: 'status', status: 503, target: 'entra', path: 'oauth2', count: 1 });
  const answer = await system.post([line('at-once')], { query: '?createWithIVSync=true' });
  expect(answer.status).toBe(200);
  const [result] = answer.json<LineResult[]>();
  expect(result).toMatchObject({ processingStatus: 'success', status: 'Created' });
  await driveUntilPosted(system, result?.lineRecordId ?? '');
  expect(await counted(system)).toEqual({ cache: [['D0001', '1']], erp: [['D0001', '1']] });
});
