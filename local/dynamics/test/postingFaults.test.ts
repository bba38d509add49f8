// What becomes of journals in Supply Chain Management without anybody telling: "Inventory journals"
// (inventory-journals.md: lines deleted after posting, lines in error moved to a new journal), the fiscal calendar's closed
// periods, clean-up of journals, and people at work in the user interface.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { CLIENT, DynamicsClient } from './dynamicsClient.ts';
import { headerFile, lineFile, lineId, packageZip } from './samplePackage.ts';

const running: RunningDynamics[] = [];
let client: DynamicsClient;

const two = packageZip([
  headerFile([['J1', 'J1', 'Posted']]),
  lineFile([
    { INVENTORYSERVICETRANSACTIONID: lineId(1), LINENUMBER: '1', ITEMNUMBER: 'GOOD' },
    {
      INVENTORYSERVICETRANSACTIONID: lineId(2),
      LINENUMBER: '2',
      ITEMNUMBER: 'BAD',
      TRANSACTIONDATE: '2026-02-28',
    },
  ]),
]);

beforeEach(async () => {
  const dynamics = await startDynamics({ clients: [CLIENT], importIntervalMs: 0, postingJobIntervalMs: 0 });
  running.push(dynamics);
  client = new DynamicsClient(dynamics.url);
  await client.importNow(two);
});
afterAll(() => Promise.all(running.map((dynamics) => dynamics.close())));

const fault = (rule: object): Promise<unknown> => client.control('POST', 'faults', rule);
const post = async (): Promise<readonly string[]> =>
  ((await client.control('POST', 'posting-job/run')).json as { posted: string[] }).posted;
const lines = (): Promise<Record<string, unknown>[]> =>
  client.rows('InventoryServiceAdjustmentJournalEntries', {
    $select: 'InventoryServiceTransactionId,JournalNumber,LineNumber',
  });
const headers = (): Promise<Record<string, unknown>[]> =>
  client.rows('InventoryServiceAdjustmentJournalHeaders', {
    $select: 'JournalNumber,IsPosted,AreLinesDeletedAfterPosting',
  });
/** What the stock has of it, whatever the journals show. */
const posted = async (): Promise<unknown> => {
  await client.control('POST', 'synchronization/run');
  return (await client.totals()).supplyChain.map((sum) => sum.postedQuantity);
};
const act = (action: string, more: object = {}): ReturnType<DynamicsClient['control']> =>
  client.control('POST', 'journals', { action, company: 'usmf', journalNumber: 'J1', ...more });

describe('posting', () => {
  it.each([
    [
      'an item',
      { kind: 'postingError', productId: 'bad', message: 'Item BAD has no cost group.' },
      'no cost group',
    ],
    ['a closed period', { kind: 'closedPeriod', until: '2026-02-28' }, 'closed'],
  ])(
    'fails for the whole journal because of %s, and goes on when that is over',
    async (_what, rule, text) => {
      await fault(rule);
      expect(await post()).toEqual([]);
      expect(await headers()).toMatchObject([{ JournalNumber: 'J1', IsPosted: 'No' }]);
      const { journals } = (await client.control('GET', 'state')).json as { journals: unknown[] };
      expect(journals).toMatchObject([{ postingError: expect.stringContaining(text) as string }]);
      expect(await posted()).toEqual(['0', '0']);
      await client.control('DELETE', 'faults');
      expect(await post()).toEqual(['J1']);
      expect(await posted()).toEqual(['5', '5']);
    },
  );

  it('moves the lines that fail to a new journal and posts the others', async () => {
    await fault({ kind: 'moveFailedLines' });
    await fault({ kind: 'closedPeriod', from: '2026-02-01', until: '2026-02-28' });
    expect(await post()).toEqual(['J1']);
    const [, moved] = await lines();
    expect(moved).toMatchObject({ InventoryServiceTransactionId: lineId(2), LineNumber: 1 });
    expect(moved?.['JournalNumber']).not.toBe('J1');
    expect(await headers()).toMatchObject([{ IsPosted: 'Yes' }, { IsPosted: 'No' }]);
    await client.control('DELETE', 'faults');
    expect(await post()).toEqual([moved?.['JournalNumber']]);
    expect(await posted()).toEqual(['5', '5']);
  });

  it('deletes the lines afterwards: a repeat finds no key, and the stock counts it twice', async () => {
    await fault({ kind: 'deletePostedLines', journalNameId: 'iadj', count: 1 });
    expect(await post()).toEqual(['J1']);
    expect(await lines()).toEqual([]);
    expect(await client.rows('InventoryJournalTransBiEntities')).toEqual([]);
    expect(await headers()).toMatchObject([{ IsPosted: 'Yes', AreLinesDeletedAfterPosting: 'Yes' }]);
    expect(await posted()).toEqual(['5', '5']);
    const again = { INVENTORYSERVICETRANSACTIONID: lineId(1), ITEMNUMBER: 'GOOD', JOURNALNUMBER: 'J2' };
    await client.importNow(packageZip([headerFile([['J2', 'J2', 'Posted']]), lineFile([again])]));
    expect(await post()).toEqual(['J2']);
    expect(await posted()).toEqual(['10', '5']);
  });

  it('is followed by a clean-up of journals', async () => {
    await fault({ kind: 'cleanUpJournals' });
    await post();
    expect(await headers()).toHaveLength(1);
    await post();
    expect([await headers(), await lines()]).toEqual([[], []]);
    expect(await posted()).toEqual(['5', '5']);
  });
});

describe('people', () => {
  it('delete a journal that is not posted, and nothing of it stays', async () => {
    await act('deleteJournal');
    expect([await headers(), await lines(), await posted()]).toEqual([[], [], []]);
  });

  it('delete a posted journal, and the stock stays', async () => {
    await post();
    expect((await act('deleteLine', { lineNumber: 1 })).status).toBe(400);
    await act('deleteJournal');
    expect([await headers(), await lines()]).toEqual([[], []]);
    expect(await posted()).toEqual(['5', '5']);
  });

  it('change, move and delete lines', async () => {
    await act('changeQuantity', { lineNumber: 1, quantity: '7.5' });
    await act('moveLine', { lineNumber: 2, toJournalNumber: 'BY-HAND' });
    expect(await lines()).toMatchObject([
      { JournalNumber: 'J1', LineNumber: 1 },
      { JournalNumber: 'BY-HAND', LineNumber: 1 },
    ]);
    expect(await post()).toEqual(['J1', 'BY-HAND']);
    expect(await posted()).toEqual(['7.5', '5']);
    expect((await act('deleteLine', { journalNumber: 'J9' })).status).toBe(404);
    expect((await act('paint')).status).toBe(400);
  });

  it('delete a line before it is posted', async () => {
    await act('deleteLine', { lineNumber: 2 });
    expect(await lines()).toHaveLength(1);
    await post();
    expect(await posted()).toEqual(['5']);
  });

  it('decide later that a journal is to be posted', async () => {
    await client.importNow(packageZip([headerFile([['J1', 'J1', 'Created']])]));
    expect(await post()).toEqual([]);
    await act('expectPosting');
    expect(await post()).toEqual(['J1']);
  });
});
