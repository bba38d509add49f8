/** Storage, broker and the Dynamics side fail in every way: callers are told, nothing hangs, is lost or counted twice. */
import { expect, test, type TestContext, vi } from 'vitest';
import type { FaultRule } from '../../local/dynamics/http/faults.ts';
import { environmentKey } from '../../shared/adjustments/keys.ts';
import { partitionKeyOf } from '../../shared/log/rowKeys.ts';
import type { LinePage, LineResult, Problem } from '../support/answers.ts';
import { type FaultProxy, type ProxyMode, startFaultProxy } from '../support/faultProxy.ts';
import { ENVIRONMENT_ID, line, type PostedLine } from '../support/localSettings.ts';
import { LocalSystem, type LocalSystemOptions } from '../support/localSystem.ts';
import { type LogChain, readLogChain } from '../support/logChain.ts';
import { until } from '../support/until.ts';

// They wait most of their time, so they wait together.
vi.setConfig({ testTimeout: 180_000, maxConcurrency: 4 });

/** A system for the running test alone, which may run beside others. */
async function start(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  options?: LocalSystemOptions,
): Promise<LocalSystem> {
  const system = await LocalSystem.start(options);
  onTestFinished(() => system.close());
  return system;
}

const some = (tag: string, count = 3): PostedLine[] =>
  Array.from({ length: count }, (_, n) => line(`${tag}-${n}`, { productId: `D${n}` }));

const chainOf = (system: LocalSystem): Promise<LogChain> =>
  readLogChain(
    system.azurite.running.connectionString,
    partitionKeyOf(environmentKey(ENVIRONMENT_ID), 'USMF'),
  );

/** Posts, and checks that the caller is told to come back. */
async function postInVain(system: LocalSystem, lines: readonly PostedLine[]): Promise<void> {
  const answer = await system.post(lines);
  expect(answer.status, answer.text).toBe(503);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(answer.json<Problem>()).toMatchObject({
    error: { code: 'Unavailable' },
    detail: expect.stringMatching(/Send the same request, with the same ids, again/) as string,
  });
}

/** Posts until the lines are accepted. @returns the results, of which some may be duplicates of a try before */
const postAgain = (system: LocalSystem, lines: readonly PostedLine[]): Promise<LineResult[]> =>
  until('the lines are accepted', async () => {
    const answer = await system.post(lines);
    return answer.status === 200 && answer.json<LineResult[]>();
  });

/** Follows lines to their end, and checks that the cache and the ERP hold each of them once. */
async function expectPostedOnce(system: LocalSystem, results: readonly LineResult[]): Promise<void> {
  await system.driveUntil('all lines are posted', async () => {
    for (const { lineRecordId } of results) {
      const page = (await system.get(`adjustmentLines/${lineRecordId}`)).json<LinePage>();
      if (page.aggregatedLine?.status !== 'FnOTransPosted') return false;
    }
    return true;
  });
  const { inventoryVisibility, supplyChain } = await system.dynamics.totals();
  const applied = inventoryVisibility.filter(({ dataSource }) => dataSource === 'pos');
  expect(applied.map((total) => total.applied)).toEqual(results.map(() => '1'));
  expect(supplyChain.map(({ quantity, postedQuantity, lines }) => [quantity, postedQuantity, lines])).toEqual(
    results.map(() => ['1', '1', 1]),
  );
}

// The longest first, so that the others run beside them.
test.concurrent.for<readonly [string, readonly FaultRule[]]>([
  [
    'busy',
    [
      { kind: 'status', status: 429, retryAfter: 1, target: 'security', count: 1 },
      { kind: 'status', status: 429, retryAfter: 1, target: 'iv', count: 2 },
      { kind: 'status', status: 429, retryAfter: 1, target: 'scm', path: 'enqueue', count: 1 },
    ],
  ],
  [
    'failing',
    [
      { kind: 'reset', target: 'security', count: 1 },
      { kind: 'status', status: 503, target: 'iv', count: 1 },
      { kind: 'status', status: 503, target: 'scm', path: 'enqueue', count: 1 },
      { kind: 'status', status: 500, target: 'scm', path: '/data/', count: 1 },
    ],
  ],
  [
    'losing its answers',
    [
      { kind: 'lostResponse', target: 'iv', count: 2 },
      { kind: 'lostResponse', target: 'scm', path: 'enqueue', count: 1 },
      { kind: 'lostResponse', target: 'scm', path: '/data/', count: 3 },
    ],
  ],
  [
    'silent',
    [
      { kind: 'hang', target: 'iv', count: 1 },
      { kind: 'hang', target: 'scm', path: 'enqueue', count: 1 },
    ],
  ],
])('the Dynamics side %s', async ([, rules], context) => {
  const system = await start(context);
  for (const rule of rules) await system.misbehave(rule);
  const results = await postAgain(system, some('through'));
  await expectPostedOnce(system, results);
  const { faults } = await system.dynamics.state();
  expect(faults.map(({ hits }) => hits)).toEqual(rules.map(({ count }) => count));
});

test.concurrent('Azurite down: 503, and the same request succeeds when it is back', async (context) => {
  const system = await start(context, { keepRows: true });
  const early = await postAgain(system, some('early'));
  await system.azurite.stop();
  await postInVain(system, some('late'));
  await postInVain(system, some('early'));
  await system.azurite.restart();
  const late = await postAgain(system, some('late'));
  const again = await postAgain(system, some('early'));
  expect(late.map(({ processingStatus }) => processingStatus)).toEqual(late.map(() => 'success'));
  expect(again.map(({ processingStatus }) => processingStatus)).toEqual(early.map(() => 'duplicate'));
  const chain = await chainOf(system);
  expect(chain.faults).toEqual([]);
  expect(chain.lineRecordIds).toEqual([...early, ...late].map(({ lineRecordId }) => lineRecordId));
});

for (const mode of ['silent', 'reset', 'loseAnswers', 'cutAnswers'] satisfies ProxyMode[])
  test.concurrent(`the way to Azurite is broken: ${mode}`, async (context) => {
    let proxy: FaultProxy | undefined;
    const system = await start(context, {
      proxyTables: async (port) => (proxy = await startFaultProxy(port)),
    });
    const early = await postAgain(system, some('early'));
    proxy?.setMode(mode);
    await Promise.all([postInVain(system, some('late')), postInVain(system, some('early'))]);
    expect(proxy?.hits).toBeGreaterThan(0);
    proxy?.setMode('pass');
    const late = await postAgain(system, some('late'));
    const again = await postAgain(system, some('early'));
    expect(again.map(({ processingStatus }) => processingStatus)).toEqual(early.map(() => 'duplicate'));
    expect(again.map(({ lineRecordId }) => lineRecordId)).toEqual(
      early.map(({ lineRecordId }) => lineRecordId),
    );
    const chain = await chainOf(system);
    expect(chain.faults).toEqual([]);
    expect(chain.lineRecordIds).toEqual([...early, ...late].map(({ lineRecordId }) => lineRecordId));
  });

test.concurrent('broker down while packages are made: they are posted when it is back', async (context) => {
  const system = await start(context);
  const results = await postAgain(system, some('packed'));
  await system.fire('syncCache');
  await until('the lines are cached', async () => (await system.dynamics.state()).eventIds === 3);
  await system.broker.stop();
  await system.fire('packageJournals');
  const [first] = results;
  await until('the lines are aggregated', async () => {
    const page = (await system.get(`adjustmentLines/${first?.lineRecordId ?? ''}`)).json<LinePage>();
    return page.status === 'Aggregated';
  });
  const meanwhile = await postAgain(
    system,
    some('meanwhile').map((one) => ({ ...one, productId: `M${one.productId}` })),
  );
  expect((await system.dynamics.state()).messages).toEqual([]);
  await system.broker.restart();
  await expectPostedOnce(system, [...results, ...meanwhile]);
});

test.concurrent('the Dynamics side down: lines are accepted, wait and go on', async (context) => {
  const system = await start(context);
  // The tokens' issuer is a part of it; the host knows its keys from an earlier request.
  const early = await postAgain(system, [line('early', { productId: 'EARLY' })]);
  await system.dynamicsPart.stop();
  const results = [...early, ...(await postAgain(system, some('waiting')))];
  for (const timer of ['syncCache', 'packageJournals', 'trackJournals'] as const) await system.fire(timer);
  await system.dynamicsPart.restart();
  await expectPostedOnce(system, results);
});
