import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { knownPackage, postPackage, syncAndPackage, track } from '../../test/support/journalSteps.ts';
import { postedLine, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { readAggregatedLine, readJournal } from './readJournals.ts';
import { readLinesById } from './readLine.ts';

const azurite = useAzurite();
const ROOT = '/api/environment/22222222-2222-4222-8222-222222222222';

type View = Record<string, unknown>;

let instance: ScriptedLayer;

beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store());
});

async function lineOf(id: string): Promise<View> {
  const [view] = await readLinesById(instance.layer, await instance.environment(), id, undefined);
  return view ?? {};
}

async function aggregatedLineOf(id: unknown): Promise<View | undefined> {
  return readAggregatedLine(instance.layer, await instance.environment(), String(id));
}

async function journalOf(key: unknown): Promise<View | undefined> {
  return readJournal(instance.layer, await instance.environment(), String(key));
}

describe('from a source line to SCM and back', () => {
  test('every number is told, and the links lead there and back', async () => {
    const sources = await instance.results([
      postedLine('a', { productId: 'P', quantity: 2 }),
      postedLine('b', { productId: 'Q', quantity: 3 }),
      postedLine('c', { productId: 'P', quantity: 40 }),
    ]);
    await syncAndPackage(instance);
    await postPackage(instance);
    const { supplyChain } = instance.ends;
    supplyChain.import(supplyChain.sent[0]);
    supplyChain.conclude('message-1');
    await track(instance);
    supplyChain.post();
    await track(instance);

    const line = await lineOf('c');
    const summary = line['aggregatedLine'] as View;
    expect(summary).toMatchObject({ status: 'FnOTransPosted', messageId: 'message-1', journalLineId: 1 });
    const { lines } = await knownPackage(instance);
    expect(summary).toMatchObject({
      journalId: lines[0]?.journalNumber,
      voucher: lines[0]?.voucher,
      inventTransId: lines[0]?.inventTransId,
      statusAt: new Date(lines[0]?.at ?? 0).toISOString(),
    });

    const aggregated = await aggregatedLineOf(summary['lineRecordId']);
    expect(aggregated).toMatchObject({ quantity: '42', productId: 'P', direction: 'same' });
    expect(aggregated?.['sourceLines']).toEqual(
      [sources[0], sources[2]].map((source) => ({
        lineRecordId: source?.lineRecordId,
        href: `${ROOT}/adjustmentLines/${String(source?.lineRecordId)}`,
      })),
    );
    const link = aggregated?.['journal'] as View;
    expect(link['journalKey']).toBe(supplyChain.sent[0]?.lines[0]?.journalNumber);
    expect(link['href']).toBe(`${ROOT}/journals/${String(link['journalKey'])}`);

    const journal = await journalOf(String(link['journalKey']).toLowerCase());
    expect(journal).toMatchObject({
      kind: 'adjustment',
      targetStatus: 'Posted',
      run: 1,
      lineCount: 2,
      package: {
        number: 1,
        submissions: [{ number: 1, result: 'enqueued', messageId: 'message-1', executionId: 'E-1' }],
      },
    });
    const journalLines = journal?.['lines'] as readonly View[];
    expect(journalLines.map(({ productId, quantity }) => [productId, quantity])).toEqual([
      ['P', '42'],
      ['Q', '3'],
    ]);
    expect(journalLines[0]).toMatchObject({
      lineRecordId: summary['lineRecordId'],
      href: `${ROOT}/aggregatedAdjustmentLines/${String(summary['lineRecordId'])}`,
    });
  });

  test('what SCM did not create shows SCM’s words at the right line, in the second journal too', async () => {
    await instance.change({ maxLineCountPerJournal: 1, maxJournalCountPerPackage: 2 });
    await instance.results([postedLine('a', { productId: 'P' }), postedLine('b', { productId: 'Q' })]);
    await syncAndPackage(instance);
    await postPackage(instance);
    const { supplyChain } = instance.ends;
    const failed = supplyChain.sent[0]?.lines.find(({ itemNumber }) => itemNumber === 'Q');
    supplyChain.import(supplyChain.sent[0], (line) => line !== failed);
    supplyChain.conclude('message-1', [
      { aggregatedLineId: failed?.aggregatedLineId ?? '', message: 'Item Q is blocked.' },
    ]);
    await track(instance);
    expect(await lineOf('b')).toMatchObject({
      status: 'Aggregated',
      aggregatedLine: { status: 'FnOTransCreateError', error: 'Item Q is blocked.' },
    });
    const other = (await lineOf('a'))['aggregatedLine'] as View;
    expect(other['status']).toBe('FnOTransCreated');
    expect(other).not.toHaveProperty('error');
  });
});

describe('an aggregated line or a journal', () => {
  test('is not found by the id of another log, by a key with another nonce, or by no key at all', async () => {
    await instance.results([postedLine('a')]);
    await syncAndPackage(instance);
    const summary = (await lineOf('a'))['aggregatedLine'] as View;
    const id = String(summary['lineRecordId']);
    const key = String((summary['journal'] as View)['journalKey']);
    const differently = (text: string): string => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
    expect(await aggregatedLineOf(differently(id))).toBeUndefined();
    expect(await journalOf(differently(key))).toBeUndefined();
    expect(await journalOf('IV1')).toBeUndefined();
    expect(await aggregatedLineOf(id.toUpperCase())).toBeDefined();
    const elsewhere = await ScriptedLayer.install(azurite.store());
    await elsewhere.results([postedLine('a')]);
    expect(await readAggregatedLine(elsewhere.layer, await elsewhere.environment(), id)).toBeUndefined();
  });
});
