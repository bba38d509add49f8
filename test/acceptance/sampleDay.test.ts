/**
 * The sample day by both entity profiles and both transports, without faults: every total is equal in the end. `npm test` takes a
 * small one by one of the ways, `npm run scenarios` the whole day by all. The scenarios of the simulated Dynamics side, in
 * dynamicsScenarios.test.ts, play a day with every way that a line can go.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requestToken } from '../../local/start/localToken.ts';
import type { RunningFile } from '../../local/start/runningFile.ts';
import { startLocal } from '../../local/start/startLocal.ts';
import { runSample } from '../../local/sample/runSample.ts';
import { httpCall } from '../support/httpCall.ts';

const ALL = process.env['MODE'] === 'scenarios';
const LINES = ALL ? 2_000 : 200;
const FREE_PORTS = { functionsHost: 0, dynamics: 0, azurite: 0, broker: 0 };

interface SettingsDocument {
  readonly supplyChain: Readonly<Record<string, unknown>>;
}

async function changeWays(running: RunningFile, ways: Readonly<Record<string, string>>): Promise<void> {
  const url = `${running.functionsUrl}/api/environment/${running.environmentId}/settings`;
  const authorization = `Bearer ${await requestToken(running.token)}`;
  const read = await httpCall({ url, headers: { authorization } });
  const settings = read.json<SettingsDocument>();
  // The generic profile takes no more into one journal; and imports of one data project take turns.
  const sizes = { maxLineCountPerJournal: 1_000, maxJournalCountPerPackage: 100 };
  const changed = { ...settings, ...sizes, supplyChain: { ...settings.supplyChain, ...ways } };
  const { status, text } = await httpCall({
    url,
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json', 'if-match': read.headers['etag'] ?? '' },
    body: JSON.stringify(changed),
  });
  if (status !== 200) throw new Error(`changing the settings was answered ${status}: ${text}`);
}

describe.each(ALL ? ['service', 'generic-v2'] : ['generic-v2'])('profile %s', (entityProfile) => {
  test.each(ALL ? ['recurring', 'package'] : ['package'])(
    'transport %s',
    { timeout: 300_000 },
    async (transport) => {
      const dataFolder = await mkdtemp(join(tmpdir(), 'sample-day-'));
      const local = await startLocal({
        dataFolder,
        ports: FREE_PORTS,
        report: () => undefined,
      });
      try {
        await changeWays(local.running(), { entityProfile, transport });
        const shown: string[] = [];
        const equal = await runSample({
          running: local.running(),
          lineCount: LINES,
          seed: 1,
          tag: randomBytes(4).toString('hex').toUpperCase(),
          bookingDate: new Date(Date.now() - 86_400_000).toISOString().slice(0, 10),
          settleWithinMs: 240_000,
          screen: { write: (text: string) => shown.push(text) > 0, isTTY: false },
        });
        expect(equal, shown.join('')).toBe(true);
      } finally {
        await local.close();
        await rm(dataFolder, { recursive: true, force: true });
      }
    },
  );
});
