import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { ENVIRONMENT_ID } from '../../test/support/localSettings.ts';
import { sendLines, syncAndPackage, track } from '../../test/support/journalSteps.ts';
import { postedLine, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { answered, APPLIED, REFUSED } from '../../test/support/scriptedPorts.ts';
import { readAggregatedLine, readJournal } from './readJournals.ts';
import { readLineByRecordId, readLinesById } from './readLine.ts';

const azurite = useAzurite();
const ROOT = `/api/environment/${ENVIRONMENT_ID}`;
const SAME = { productId: 'A0001', quantity: 2 };

let instance: ScriptedLayer;

beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store());
});

const line = async (id: string) => {
  const [view] = await readLinesById(instance.layer, await instance.environment(), id, undefined);
  return view as Record<string, unknown> & { lineRecordId: string; aggregatedLine: { lineRecordId: string } };
};
const byRecordId = async (id: string) => readLineByRecordId(instance.layer, await instance.environment(), id);
const aggregated = async (id: string) => readAggregatedLine(instance.layer, await instance.environment(), id);
const journal = async (key: string) => readJournal(instance.layer, await instance.environment(), key);
const at = (milliseconds: number) => new Date(milliseconds).toISOString();

test('a line shows each status with its time, as it passes through them', async () => {
  const created = instance.ends.clock.now();
  await instance.results([postedLine('a')]);
  expect(await line('a')).toMatchObject({
    status: 'Created',
    statusHistory: [{ status: 'Created', at: at(created) }],
    productId: 'P-a',
    quantity: '1',
    dimensions: { SiteId: '1', LocationId: '11' },
  });
  instance.ends.clock.advance(60_000);
  await syncAndPackage(instance);
  expect(await line('a')).toMatchObject({
    status: 'Aggregated',
    statusHistory: [
      { status: 'Created', at: at(created) },
      { status: 'IVPosted', at: at(created + 60_000) },
      { status: 'Aggregated', at: at(created + 60_000) },
    ],
  });
});

test('line, aggregated line and journal link to each other, with all numbers and times', async () => {
  const sent = await sendLines(instance, [
    postedLine('a', SAME),
    postedLine('b', SAME),
    postedLine('c', { productId: 'A0002' }),
  ]);
  const { clock, supplyChain } = instance.ends;
  supplyChain.import(sent);
  supplyChain.conclude('message-1');
  await track(instance);
  supplyChain.post();
  await track(instance);

  const found = await line('a');
  const { aggregatedLine } = found;
  const aggregatedHref = `${ROOT}/aggregatedAdjustmentLines/${aggregatedLine.lineRecordId}`;
  const journalKey = sent.lines[0]?.journalNumber ?? '';
  const outcome = {
    lineRecordId: aggregatedLine.lineRecordId,
    status: 'FnOTransPosted',
    statusAt: at(clock.now()),
    journalId: journalKey,
    journalLineId: 1,
    voucher: 'V-1',
    inventTransId: 'LOT-1',
    messageId: 'message-1',
  };
  expect(found.links).toEqual({ self: `${ROOT}/adjustmentLines/${found.lineRecordId}` });
  expect(aggregatedLine).toMatchObject({
    ...outcome,
    href: aggregatedHref,
    journal: { journalKey, href: `${ROOT}/journals/${journalKey}` },
  });
  expect(await byRecordId(found.lineRecordId)).toEqual(found);

  const mate = await line('b');
  expect(mate.aggregatedLine).toEqual(aggregatedLine);
  expect(await aggregated(aggregatedLine.lineRecordId)).toMatchObject({
    ...outcome,
    quantity: '4',
    direction: 'same',
    sourceLines: [found, mate].map(({ lineRecordId }) => ({
      lineRecordId,
      href: `${ROOT}/adjustmentLines/${lineRecordId}`,
    })),
    journal: { journalKey, href: `${ROOT}/journals/${journalKey}` },
    links: { self: aggregatedHref },
  });

  expect(await journal(journalKey.toLowerCase())).toMatchObject({
    journalKey,
    kind: 'adjustment',
    targetStatus: 'Posted',
    lineCount: 2,
    package: { number: 1, status: 'Settled', submissions: [{ number: 1, messageId: 'message-1' }] },
    lines: [{ ...outcome, quantity: '4', href: aggregatedHref }, { productId: 'A0002' }],
    links: { self: `${ROOT}/journals/${journalKey}` },
  });
});

test('a package that waits shows why', async () => {
  const { supplyChain } = instance.ends;
  supplyChain.script.push(() => ({ kind: 'noEffect', message: 'busy' }));
  const sent = await sendLines(instance, [postedLine('a')]);
  expect((await line('a')).aggregatedLine).toMatchObject({ status: 'Created' });
  expect(await journal(sent.lines[0]?.journalNumber ?? '')).toMatchObject({
    package: { status: 'Queued', submissions: [], lastError: 'busy' },
  });
});

test('a line that SCM did not create shows the words of SCM', async () => {
  await sendLines(instance, [postedLine('a')]);
  const { aggregatedLine } = await line('a');
  const error = { aggregatedLineId: aggregatedLine.lineRecordId, message: 'no such item' };
  instance.ends.supplyChain.conclude('message-1', [error]);
  await track(instance);
  expect((await line('a')).aggregatedLine).toMatchObject({
    status: 'FnOTransCreateError',
    error: 'no such item',
  });
});

test('lines that SCM does not get say why', async () => {
  await instance.results([
    postedLine('zero+', SAME),
    postedLine('zero-', { ...SAME, quantity: -2 }),
    postedLine('noted', { physicalMeasure: 'noted' }),
  ]);
  await syncAndPackage(instance);
  expect((await line('zero-')).aggregatedLine).toMatchObject({ status: 'DoNotSync' });
  expect((await line('noted')).aggregatedLine).toMatchObject({ status: 'Created', holdReason: 'NotMapped' });
});

test('a line that the cache refused is parked, in the words of the cache, and in no aggregated line', async () => {
  instance.ends.inventoryVisibility.otherwise = ({ events }) =>
    answered(events, ({ productId }) => (productId === 'P-b' ? REFUSED : APPLIED));
  await instance.results([postedLine('a'), postedLine('b')]);
  await syncAndPackage(instance);
  const parked = await line('b');
  expect(parked).toMatchObject({
    status: 'Created',
    parked: { reason: 'refused', message: 'unknown product', statusCode: 400 },
  });
  expect(parked.statusHistory).toHaveLength(1);
  expect(parked.aggregatedLine).toBeUndefined();
  expect(await line('a')).toMatchObject({ status: 'Aggregated' });
});

test('a line that no journal can hold is parked with the reason, after it was cached', async () => {
  const huge = { productId: 'A0001', quantity: 100_000_000_000 };
  await instance.results([postedLine('a', huge), postedLine('b', huge), postedLine('c')]);
  await syncAndPackage(instance);
  const parked = await line('a');
  expect(parked).toMatchObject({ status: 'IVPosted', parked: { reason: 'unfoldable' } });
  expect(JSON.stringify(parked.parked)).toContain('200000000000');
  expect(parked.aggregatedLine).toBeUndefined();
  expect(await line('c')).toMatchObject({ status: 'Aggregated' });
});

describe('looking up', () => {
  test('an id finds the line of every legal entity that has one, or of the one asked for', async () => {
    await instance.results([postedLine('a'), postedLine('a', { organizationId: 'demf' })]);
    const environment = await instance.environment();
    const all = await readLinesById(instance.layer, environment, 'a', undefined);
    expect(all.map(({ organizationId }) => organizationId)).toEqual(['demf', 'usmf']);
    expect(await readLinesById(instance.layer, environment, 'a', 'DEMF')).toEqual(all.slice(0, 1));
    expect(await readLinesById(instance.layer, environment, 'b', undefined)).toEqual([]);
  });

  test('what is not there, or no id at all, is not found', async () => {
    await sendLines(instance, [postedLine('a')]);
    const { lineRecordId, aggregatedLine } = await line('a');
    const changed = (id: string) => id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    expect(await byRecordId(changed(lineRecordId))).toBeUndefined();
    expect(await byRecordId('nonsense')).toBeUndefined();
    expect(await aggregated(changed(aggregatedLine.lineRecordId))).toBeUndefined();
    expect(await aggregated(lineRecordId)).toBeUndefined();
    expect(await journal('IV1-1-000000')).toBeUndefined();
    expect(await journal('IV1-9-000000')).toBeUndefined();
    expect(await journal('nonsense')).toBeUndefined();
  });
});
