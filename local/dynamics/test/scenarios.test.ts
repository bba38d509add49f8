// Every scenario file is understood, acts from the start, and ends by itself where it says so.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseScenario } from '../control/scenario.ts';
import type { DynamicsOptions } from '../dynamicsOptions.ts';
import { startDynamics } from '../startDynamics.ts';
import { call, CLIENT, DynamicsClient } from './dynamicsClient.ts';

const folder = join(import.meta.dirname, '../scenarios');
const files = globSync('*.json', { cwd: folder }).sort();
const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));

async function start(options: Partial<DynamicsOptions>): Promise<DynamicsClient> {
  const dynamics = await startDynamics({
    clients: [CLIENT],
    importIntervalMs: 0,
    postingJobIntervalMs: 0,
    ...options,
  });
  onTestFinished(() => dynamics.close());
  return new DynamicsClient(dynamics.url);
}

it.each(files)('%s is understood, by the options and by the control API', async (file) => {
  const scenario = parseScenario(read(file));
  expect(scenario.description).toMatch(/^[A-Z].*\.$/);
  const client = await start({ scenario });
  const started = (await client.control('GET', 'faults')).json;
  expect(started).toEqual({ faults: scenario.faults.map((rule) => ({ rule, hits: 0 })) });
  expect((await client.control('POST', 'scenario', read(file))).json).toEqual(started);
});

describe('the scenario', () => {
  const ping = (client: DynamicsClient): Promise<number> =>
    client.read('InventoryServiceAdjustmentJournalHeaders').then(({ status }) => status);

  it('maintenance-window opens and closes by the clock', async () => {
    const client = await start({ scenario: parseScenario(read('maintenance-window.json')) });
    expect(await ping(client)).toBe(200);
    await client.control('POST', 'clock', { advanceMs: 60_000 });
    expect(await ping(client)).toBe(503);
    await client.control('POST', 'clock', { advanceMs: 300_000 });
    expect(await ping(client)).toBe(200);
  });

  it('outage is over after six hours, with tokens that were got before', async () => {
    const client = await start({ scenario: parseScenario(read('outage.json')) });
    await expect(ping(client)).rejects.toThrow();
    await client.control('POST', 'clock', { advanceMs: 6 * 3600_000 });
    expect(await ping(client)).toBe(200);
  });

  it('redirects leads to where the call works', async () => {
    const client = await start({ scenario: parseScenario(read('redirects.json')) });
    const url = `${client.url}/securityservice/token`;
    const answer = await call(url, { method: 'POST', redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([307, url]);
    expect((await client.ivToken()).length).toBeGreaterThan(0);
  });
});

describe('a scenario file is refused that', () => {
  it.each([
    ['is no object', [], 'JSON object'],
    ['says nothing', { faults: [] }, 'description'],
    ['has no rules', { description: 'x' }, 'faults'],
    ['has something else', { description: 'x', faults: [], seed: 1 }, 'seed'],
    [
      'has a rule with something else',
      { description: 'x', faults: [{ kind: 'hang', target: 'iv', color: 1 }] },
      'faults[0]: hang has no color',
    ],
    [
      'has a rule without what it needs',
      { description: 'x', faults: [{ kind: 'slowImport' }] },
      'slowImport needs delayMs',
    ],
  ])('%s', (_what, value, text) => {
    expect(() => parseScenario(value)).toThrow(text);
  });
});
