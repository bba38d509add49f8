// What was answered survives SIGKILL at any moment; a torn last line of the state file does no harm.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DynamicsOptions } from '../dynamicsOptions.ts';
import { CLIENT, DynamicsClient } from './dynamicsClient.ts';
import { headerFile, lineFile, packageZip } from './samplePackage.ts';

let folder: string;
let child: ChildProcess | undefined;
let port = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamics-'));
  port = 0;
});
afterEach(async () => {
  await kill();
  await rm(folder, { recursive: true, force: true });
});

/** Starts the child on the port it had before, so that its tokens stay valid. */
async function start(options: Partial<DynamicsOptions> = {}): Promise<DynamicsClient> {
  const all: DynamicsOptions = {
    clients: [CLIENT],
    folder,
    port,
    importIntervalMs: 0,
    postingJobIntervalMs: 0,
    offsetDelayMs: 3600_000,
    ...options,
  };
  child = fork(join(import.meta.dirname, '../main.ts'), [JSON.stringify(all)], { stdio: 'inherit' });
  const [message] = (await once(child, 'message')) as [{ ready: { url: string; port: number } }];
  port = message.ready.port;
  return new DynamicsClient(message.ready.url);
}

async function kill(): Promise<void> {
  if (child && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function restart(options?: Partial<DynamicsOptions>): Promise<DynamicsClient> {
  await kill();
  return start(options);
}

describe('state', () => {
  it('survives SIGKILL at every step from event to offset', async () => {
    let client = await start();
    const event = { id: 'a', quantities: { '@iv': { adjustment: 5 } } };
    await client.postEvents([event]);
    const token = await client.ivToken();

    client = await restart();
    const again = JSON.stringify([
      { ...event, organizationId: 'usmf', productId: 'D0001', dimensions: { siteId: '1', locationId: '13' } },
    ]);
    expect((await client.postIv('onhand/bulk', again, token)).status).toBe(200);
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '5' });

    const zip = packageZip([headerFile([['J1', 'J1', 'Posted']]), lineFile([{}])]);
    const messageId = (await client.enqueue(zip)).json as string;
    client = await restart();
    expect(await client.actionValue('GetMessageStatus', { messageId })).toBe('Enqueued');
    await client.control('POST', 'import/run');
    client = await restart();
    expect(await client.actionValue('GetMessageStatus', { messageId })).toBe('Processed');
    await client.control('POST', 'posting-job/run');
    const journal = async (): Promise<unknown> =>
      (await client.rows('InventoryJournalTransBiEntities', { $select: 'Qty,Voucher,InventTransId' }))[0];
    const posted = await journal();
    client = await restart();
    expect(await journal()).toEqual(posted);
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '5' });
    await client.control('POST', 'synchronization/run');
    client = await restart();
    await client.control('POST', 'synchronization/run');
    expect(await client.onHand()).toEqual({ '@iv.adjustment': '0', 'fno.physicalinvent': '5' });
  });

  it('holds every answered event when killed under load, and counts a repeat once', async () => {
    let client = await start();
    const answered = new Set<string>();
    const post = async (worker: number): Promise<void> => {
      for (let number = 0; ; number += 1) {
        const id = `${worker}-${number}`;
        await client.postEvents([{ id, quantities: { pos: { inbound: 1 } } }]);
        answered.add(id);
        if (answered.size === 60) await kill();
      }
    };
    await Promise.allSettled([0, 1, 2, 3].map(post));
    expect(answered.size).toBeGreaterThanOrEqual(60);
    client = await restart();
    const { eventIds } = (await client.control('GET', 'state')).json as { eventIds: number };
    expect(await client.onHand()).toEqual({ 'pos.inbound': String(eventIds) });
    await client.postEvents([...answered].map((id) => ({ id, quantities: { pos: { inbound: 1 } } })));
    expect(await client.onHand()).toEqual({ 'pos.inbound': String(eventIds) });
  });

  it('takes up a message that was being processed when it was killed', async () => {
    let client = await start();
    const zip = packageZip([headerFile([['J1', 'J1', 'Created']]), lineFile([{}])]);
    const messageId = (await client.enqueue(zip)).json as string;
    await kill();
    const state = join(folder, 'dynamics.jsonl');
    const lastLine = (await readFile(state, 'utf8')).trimEnd().split('\n').at(-1) ?? '';
    await appendFile(state, `${lastLine.replace('"Enqueued"', '"Processing"')}\n`);
    client = await start();
    expect(await client.actionValue('GetMessageStatus', { messageId })).toBe('Processing');
    await client.control('POST', 'import/run');
    expect(await client.actionValue('GetMessageStatus', { messageId })).toBe('Processed');
    expect((await client.totals()).supplyChain).toMatchObject([{ lines: 1, quantity: '5' }]);
  });

  it('goes on with uploads, slow batches, generic journals, deleted lines and its clock', async () => {
    let client = await start();
    const zip = packageZip([headerFile([['J1', 'J1', 'Posted']]), lineFile([{}])]);
    const packageUrl = await client.writeUrl('a.zip');
    await client.upload(packageUrl, zip);
    client = await restart();
    await client.control('POST', 'faults', { kind: 'slowImport', delayMs: 3600_000 });
    const parameters = { definitionGroupId: 'P', execute: true, overwrite: true, legalEntityId: 'USMF' };
    await client.action('ImportFromPackage', { packageUrl, executionId: 'mine', ...parameters });
    await client.control('POST', 'import/run');
    const created = await client.change('POST', 'InventoryAdjustmentJournalHeaders', { Description: 'x' });
    expect(created.status).toBe(201);

    client = await restart();
    const summary = (): Promise<string> =>
      client.actionValue('GetExecutionSummaryStatus', { executionId: 'mine' });
    await client.control('POST', 'import/run');
    expect(await summary()).toBe('Executing');
    await client.control('POST', 'clock', { advanceMs: 3600_000 });

    client = await restart();
    await client.control('POST', 'import/run');
    expect(await summary()).toBe('Succeeded');
    expect(await client.rows('InventoryAdjustmentJournalHeaders')).toHaveLength(2);
    await client.control('POST', 'faults', { kind: 'deletePostedLines' });
    await client.control('POST', 'posting-job/run');

    client = await restart();
    expect(await client.rows('InventoryServiceAdjustmentJournalEntries')).toEqual([]);
    expect((await client.totals()).supplyChain).toMatchObject([{ postedQuantity: '5', lines: 1 }]);
    expect(await client.rows('DataManagementDefinitionGroups')).toMatchObject([{ Name: 'P' }]);
  });

  it('cuts off a line that was being written when the machine stopped', async () => {
    let client = await start();
    await client.postEvents([{ id: 'a', quantities: { pos: { inbound: 1 } } }]);
    await kill();
    await appendFile(join(folder, 'dynamics.jsonl'), '{"kind":"events","at":1,"ev');
    client = await start();
    await client.postEvents([{ id: 'b', quantities: { pos: { inbound: 1 } } }]);
    client = await restart();
    expect(await client.onHand()).toEqual({ 'pos.inbound': '2' });
  });
});
