// The simulator's own faults of imports: what recurring-integrations.md ("Skip reprocessing…", automatic retries),
// data-management-api.md (Unknown, PartiallySucceeded) and practitioners report, each on demand.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { CLIENT, DynamicsClient } from './dynamicsClient.ts';
import { ENTRIES, headerFile, lineFile, lineId, packageZip } from './samplePackage.ts';

const NO_ID = '00000000-0000-0000-0000-000000000000';
const running: RunningDynamics[] = [];
let client: DynamicsClient;

beforeEach(async () => {
  const dynamics = await startDynamics({ clients: [CLIENT], importIntervalMs: 0, postingJobIntervalMs: 0 });
  running.push(dynamics);
  client = new DynamicsClient(dynamics.url);
});
afterAll(() => Promise.all(running.map((dynamics) => dynamics.close())));

const header = headerFile([['J1', 'J1', 'Posted']]);
const good = packageZip([header, lineFile([{}])]);
const fault = (rule: object): Promise<unknown> => client.control('POST', 'faults', rule);
const run = (): Promise<unknown> => client.control('POST', 'import/run');
const lineCount = async (): Promise<number> =>
  (await client.rows('InventoryServiceAdjustmentJournalEntries')).length;
const executionIdOf = (messageId: string): Promise<string> =>
  client.actionValue('GetExecutionIdByMessageId', { _messageId: messageId });
const messageStatus = (messageId: string): Promise<string> =>
  client.actionValue('GetMessageStatus', { messageId });
const summary = (executionId: string): Promise<string> =>
  client.actionValue('GetExecutionSummaryStatus', { executionId });

describe('an import', () => {
  it('runs for as long as a slow batch does, by the simulator’s clock, and holds up no other', async () => {
    await fault({ kind: 'slowImport', delayMs: 3600_000, count: 1 });
    const messageId = await client.importNow(good);
    const other = await client.importNow(packageZip([headerFile([['J2', 'J2', 'Created']])]));
    expect(await messageStatus(other)).toBe('Processed');
    expect(await messageStatus(messageId)).toBe('Processing');
    expect(await summary(await executionIdOf(messageId))).toBe('Executing');
    expect(await lineCount()).toBe(0);
    await client.control('POST', 'clock', { advanceMs: 3600_000 });
    await run();
    expect(await messageStatus(messageId)).toBe('Processed');
    expect(await lineCount()).toBe(1);
  });

  it.each([true, false])(
    'goes from Processing back to Enqueued by itself (work done: %s), and runs again',
    async (worked) => {
      await fault({ kind: 'requeueImport', worked, count: 1 });
      const messageId = await client.importNow(good);
      expect(await messageStatus(messageId)).toBe('Enqueued');
      expect(await executionIdOf(messageId)).toBe(NO_ID);
      expect(await lineCount()).toBe(worked ? 1 : 0);
      await run();
      expect(await messageStatus(messageId)).toBe('Processed');
      expect((await client.totals()).supplyChain).toMatchObject([{ quantity: '5', lines: 1 }]);
    },
  );

  it('succeeds with no row in the target', async () => {
    await fault({ kind: 'importNothing', count: 1 });
    const messageId = await client.importNow(good);
    expect(await summary(await executionIdOf(messageId))).toBe('Succeeded');
    expect(await lineCount()).toBe(0);
  });

  it.each([
    ['PreProcessingError', false, 0],
    ['PostProcessingFailed', true, 1],
  ])('ends as %s with work done: %s', async (status, worked, count) => {
    await fault({ kind: 'failImport', status, worked, count: 1 });
    const messageId = await client.importNow(good);
    expect(await messageStatus(messageId)).toBe(status);
    expect(await lineCount()).toBe(count);
  });

  it('loses the rows of one item, and says so', async () => {
    await fault({ kind: 'failRow', productId: 'bad', message: 'Item BAD is stopped.' });
    const rows = ['GOOD', 'BAD'].map((ITEMNUMBER, index) => ({
      INVENTORYSERVICETRANSACTIONID: lineId(index + 1),
      LINENUMBER: String(index + 1),
      ITEMNUMBER,
    }));
    const messageId = await client.importNow(packageZip([header, lineFile(rows)]));
    const executionId = await executionIdOf(messageId);
    expect(await summary(executionId)).toBe('PartiallySucceeded');
    const errors = await client.actionValue('GetExecutionErrors', { executionId });
    expect(JSON.parse(errors)).toMatchObject([
      { RecordId: lineId(2), ErrorMessage: expect.stringContaining('stopped') as string },
    ]);
    await fault({ kind: 'noExecutionErrors', count: 1 });
    expect(await client.actionValue('GetExecutionErrors', { executionId })).toBe('[]');
  });

  it('of ImportFromPackage misbehaves alike', async () => {
    await fault({ kind: 'failImport', worked: true, message: 'Ended by the system.', count: 1 });
    await client.importFromPackage(good, 'mine');
    await run();
    expect(await summary('mine')).toBe('Failed');
    expect(await lineCount()).toBe(1);
  });
});

describe('what is told', () => {
  it('can be Unknown, or not there yet, for a while', async () => {
    const messageId = await client.importNow(good);
    const executionId = await executionIdOf(messageId);
    await fault({ kind: 'executionStatus', status: 'Unknown', count: 2 });
    expect([await summary(executionId), await summary(executionId)]).toEqual(['Unknown', 'Unknown']);
    await fault({ kind: 'executionNotFound', count: 1 });
    expect((await client.action('GetExecutionSummaryStatus', { executionId })).status).toBe(400);
    expect(await summary(executionId)).toBe('Succeeded');
    await fault({ kind: 'messageStatus', status: 'Acked', count: 1 });
    expect(await messageStatus(messageId)).toBe('Acked');
    expect(await messageStatus(messageId)).toBe('Processed');
  });

  it('comes in other forms', async () => {
    await fault({ kind: 'messageIdAsObject', count: 1 });
    const { value: messageId } = (await client.enqueue(good)).json as { value: string };
    await fault({ kind: 'messageStatus', status: 'InProcess', count: 1 });
    expect(await messageStatus(messageId)).toBe('InProcess');
    await fault({ kind: 'failRow', message: 'The item "x" is stopped.', count: 1 });
    await fault({ kind: 'unescapedErrors', count: 1 });
    await run();
    const executionId = await executionIdOf(messageId);
    const errors = await client.actionValue('GetExecutionErrors', { executionId });
    expect(() => JSON.parse(errors) as unknown).toThrow();
    expect(errors).toContain(`"RecordId":"${lineId(1)}"`);

    const of = { executionId, entityName: ENTRIES };
    await fault({ kind: 'errorKeysNotReady', count: 1 });
    await client.action('GenerateImportTargetErrorKeysFile', of);
    expect(await client.actionValue('GetImportTargetErrorKeysFileUrl', of)).toBe('');
    expect(await client.actionValue('GetImportTargetErrorKeysFileUrl', of)).toContain('/blob/dmf/');
  });

  it('can call a whole import partly failed', async () => {
    await fault({ kind: 'executionStatus', status: 'PartiallySucceeded' });
    const messageId = await client.importNow(good);
    expect(await summary(await executionIdOf(messageId))).toBe('PartiallySucceeded');
    expect(await lineCount()).toBe(1);
  });
});

describe('a key that is there already', () => {
  const total = async (): Promise<unknown> => {
    const [sum] = (await client.totals()).supplyChain;
    return sum && [sum.lines, sum.quantity];
  };

  it('updates, is refused, is passed over, or makes a second line', async () => {
    await client.importNow(good);
    const six = packageZip([header, lineFile([{ INVENTORYQUANTITY: '6' }])]);
    await fault({ kind: 'repeatedKey', answer: 'refuse', count: 1 });
    const refused = await client.importNow(six);
    expect(await messageStatus(refused)).toBe('ProcessedWithErrors');
    expect(await total()).toEqual([1, '5']);
    await fault({ kind: 'repeatedKey', answer: 'ignore', count: 1 });
    expect(await messageStatus(await client.importNow(six))).toBe('Processed');
    expect(await total()).toEqual([1, '5']);
    await client.importNow(six);
    expect(await total()).toEqual([1, '6']);
    await fault({ kind: 'repeatedKey', answer: 'insert', count: 1 });
    await client.importNow(six);
    expect(await total()).toEqual([2, '12']);
  });

  it('of a posted journal is refused, or passed over', async () => {
    await client.importNow(good);
    await client.control('POST', 'posting-job/run');
    expect(await messageStatus(await client.importNow(good))).toBe('ProcessedWithErrors');
    await fault({ kind: 'repeatedKey', journal: 'posted', answer: 'ignore' });
    expect(await messageStatus(await client.importNow(good))).toBe('Processed');
    expect(await total()).toEqual([1, '5']);
  });
});
