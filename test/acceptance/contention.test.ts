/**
 * Several functions hosts on one storage, posting to one legal entity with overlapping ids: every id is stored once,
 * every answer says what was stored, nobody is left behind. CONTENTION_SEED repeats a run's choices.
 */
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SeededRandom } from '../../local/sample/seededRandom.ts';
import { environmentKey } from '../../shared/adjustments/keys.ts';
import { partitionKeyOf } from '../../shared/log/rowKeys.ts';
import type { LineResult, Problem } from '../support/answers.ts';
import { ENVIRONMENT_ID, line } from '../support/localSettings.ts';
import { readLogChain } from '../support/logChain.ts';
import { useLocalSystem } from '../support/useLocalSystem.ts';

const HOSTS = 4;
const REQUESTS = 1_000;
const REQUESTS_PER_SECOND = 200;
const LINES_PER_REQUEST = 3;
/** So that an id is posted three times on average, by different hosts at about the same moment. */
const IDS = (REQUESTS * LINES_PER_REQUEST) / 3;
/** How far apart, in ids, requests of the same moment may lie. */
const SPREAD = 40;
/** Of a hundred lines, so many come with other content than the rest of their id. */
const OTHER_CONTENT_PERCENT = 5;
const LEAST_SHARE = 0.05;

const running = useLocalSystem({ hosts: HOSTS });

interface Answered {
  readonly host: number;
  readonly milliseconds: number;
  readonly lines: readonly { readonly id: string; readonly quantity: number; readonly result: LineResult }[];
}

test('four hosts, one legal entity, overlapping ids', async () => {
  const seed = Number(process.env['CONTENTION_SEED'] ?? Date.now() % 1_000_000);
  const answers = await load(new SeededRandom(seed));

  // Ids by their answers: one acceptance, and everything else in agreement with it.
  const byId = Map.groupBy(
    answers.flatMap(({ lines }) => lines),
    ({ id }) => id,
  );
  const recordIds = new Set<string>();
  for (const [id, own] of byId) {
    const accepted = own.filter(({ result }) => result.processingStatus === 'success');
    expect(accepted.length, `acceptances of ${id}`).toBe(1);
    for (const { quantity, result } of own) {
      if (result.processingStatus !== 'success')
        expect(result.processingStatus, `answer for ${id}`).toBe(
          quantity === accepted[0]?.quantity ? 'duplicate' : 'conflict',
        );
      expect(result.lineRecordId).toBe(accepted[0]?.result.lineRecordId);
    }
    recordIds.add(accepted[0]?.result.lineRecordId ?? '');
  }
  expect(byId.size).toBeGreaterThan(IDS / 2);
  const chain = await readLogChain(
    running().azurite.running.connectionString,
    partitionKeyOf(environmentKey(ENVIRONMENT_ID), 'USMF'),
  );
  expect(chain.faults).toEqual([]);
  expect(chain.lineRecordIds.length).toBe(recordIds.size);
  expect(new Set(chain.lineRecordIds)).toEqual(recordIds);

  const hosts = Array.from({ length: HOSTS }, (_, host) => {
    const own = answers.filter((answer) => answer.host === host);
    const accepted = own
      .flatMap(({ lines }) => lines)
      .filter(({ result }) => result.processingStatus === 'success').length;
    const slowest = Math.max(...own.map(({ milliseconds }) => milliseconds));
    return { requests: own.length, share: accepted / recordIds.size, slowestMs: Math.round(slowest) };
  });
  const times = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  console.log(
    `CONTENTION_SEED=${seed}; ${chain.tail} batches; slowest answer ${Math.round(times.at(-1) ?? 0)} ms, ` +
      `median ${Math.round(times[times.length >> 1] ?? 0)} ms; by process: ${JSON.stringify(hosts)}`,
  );
  for (const { share } of hosts) expect(share).toBeGreaterThan(LEAST_SHARE);
});

/** Posts at a steady rate, whatever the answers do. */
async function load(random: SeededRandom): Promise<Answered[]> {
  const system = running();
  const agent = new Agent({ keepAlive: true });
  // A first request each, so that what hosts do once does not count as waiting for a turn.
  for (let host = 0; host < HOSTS; host++)
    await system.post([line(`first-${host}`, { organizationId: 'DEMF' })], { host });
  const begin = performance.now();
  const answers = Array.from({ length: REQUESTS }, async (_, request): Promise<Answered> => {
    const host = request % HOSTS;
    const around = Math.floor((request / REQUESTS) * (IDS - SPREAD));
    const numbers = new Set(
      Array.from({ length: LINES_PER_REQUEST }, () => around + random.whole(0, SPREAD - 1)),
    );
    const lines = [...numbers].map((number) =>
      line(`id-${number}`, { quantity: random.whole(1, 100) <= OTHER_CONTENT_PERCENT ? 2 : 1 }),
    );
    await delay((request * 1000) / REQUESTS_PER_SECOND);
    const sent = performance.now();
    const answer = await system.post(lines, { host, agent });
    const milliseconds = performance.now() - sent;
    expect([200, 409], `request ${request}: ${answer.text}`).toContain(answer.status);
    const results =
      answer.status === 200 ? answer.json<LineResult[]>() : (answer.json<Problem>().results ?? []);
    expect(results.map(({ id }) => id)).toEqual(lines.map(({ id }) => id));
    return {
      host,
      milliseconds,
      lines: results.map((result, index) => ({
        id: result.id,
        quantity: Number(lines[index]?.quantity),
        result,
      })),
    };
  });
  try {
    const all = await Promise.all(answers);
    const seconds = (performance.now() - begin) / 1000;
    console.log(`${REQUESTS} requests in ${seconds.toFixed(1)} s`);
    return all;
  } finally {
    agent.destroy();
  }
}
