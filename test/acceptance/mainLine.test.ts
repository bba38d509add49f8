/** The main job end to end, over HTTP, on real parts: an adjustment comes back with its journal number, posted. */
import { expect, test } from 'vitest';
import type { AggregatedLinePage, JournalPage, LinePage, LineResult, Problem } from '../support/answers.ts';
import { line, type PostedLine } from '../support/localSettings.ts';
import type { LocalSystem } from '../support/localSystem.ts';
import { until } from '../support/until.ts';
import { startLocalSystem, useLocalSystem } from '../support/useLocalSystem.ts';

const running = useLocalSystem();

/** A line with every field that the article's example has. */
function exampleLine(id: string, changes: Readonly<Record<string, unknown>> = {}): PostedLine {
  return line(id, {
    dimensions: { siteId: '1', locationId: '13', colorId: 'Red', LicensePlateId: 'LP-1' },
    externalReferenceCategory: 'SalesOrder',
    externalReferenceId: 'SO-10045',
    fnoJournalNameId: 'IAdj',
    costPrice: 12.5,
    transDate: '2026-01-31',
    ...changes,
  });
}

const pageOf = async (system: LocalSystem, recordId: string): Promise<LinePage> =>
  (await system.get(`adjustmentLines/${recordId}`)).json();

/** The page of a line as soon as it looks as wanted. */
const pageWith = (
  system: LocalSystem,
  recordId: string,
  what: string,
  wanted: (page: LinePage) => boolean,
): Promise<LinePage> =>
  until(`the line is ${what}`, async () => {
    const page = await pageOf(system, recordId);
    return wanted(page) && page;
  });

test('a posted line goes all the way, and every document leads to the next and back', async () => {
  const system = running();
  const lines = [
    exampleLine('main-1', { quantity: 3 }),
    exampleLine('main-2', { organizationId: 'DEMF', quantity: -2 }),
    exampleLine('main-3', { quantity: '0.5' }),
  ];
  const answer = await system.post(lines);
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('application/json');
  const results = answer.json<LineResult[]>();
  expect(results.map(({ id }) => id)).toEqual(['main-1', 'main-2', 'main-3']);
  for (const result of results)
    expect(result).toMatchObject({ processingStatus: 'success', statusCode: 200, status: 'Created' });
  const [first = '', second = '', third = ''] = results.map(({ lineRecordId }) => lineRecordId);
  expect(new Set([first, second, third]).size).toBe(3);

  await system.fire('syncCache');
  for (const recordId of [first, second, third])
    await pageWith(system, recordId, 'in the cache', ({ status }) => status === 'IVPosted');
  await system.fire('packageJournals');
  // Two legal entities, hence two packages; the queue carries them by itself.
  await until(
    'both packages are enqueued',
    async () => (await system.dynamics.state()).messages.length === 2,
  );
  await system.dynamics.control('POST', 'import/run');
  await system.fire('trackJournals');
  await pageWith(system, first, 'created', (page) => page.aggregatedLine?.status === 'FnOTransCreated');
  await system.dynamics.control('POST', 'posting-job/run');
  await system.fire('trackJournals');
  const posted = await pageWith(system, first, 'posted', ({ aggregatedLine }) => {
    return aggregatedLine?.status === 'FnOTransPosted';
  });

  expect(posted.status).toBe('Aggregated');
  expect(posted.statusHistory.map(({ status }) => status)).toEqual(['Created', 'IVPosted', 'Aggregated']);
  const times = posted.statusHistory.map(({ at }) => Date.parse(at));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const summary = posted.aggregatedLine;
  const [journalInScm] = (await system.dynamics.state()).journals.filter(
    ({ journalNumber }) => journalNumber === summary?.journalId,
  );
  expect(journalInScm).toMatchObject({ company: 'USMF', lines: 1 });
  expect(summary?.journalLineId).toBe(1);

  // Line → aggregated line → the lines it is made of.
  const aggregated = (
    await system.get(`aggregatedAdjustmentLines/${summary?.lineRecordId ?? ''}`)
  ).json<AggregatedLinePage>();
  expect(aggregated).toMatchObject({ ...summary, quantity: '3.5' });
  expect(aggregated.sourceLines.map(({ lineRecordId }) => lineRecordId)).toEqual([first, third]);
  for (const { lineRecordId, href } of aggregated.sourceLines)
    expect((await system.get(href)).json<LinePage>().lineRecordId).toBe(lineRecordId);
  // Aggregated line → journal → its lines.
  const journal = (await system.get(aggregated.journal.href)).json<JournalPage>();
  expect(journal).toMatchObject({ journalKey: summary?.journal.journalKey, lineCount: 1 });
  expect(journal.package?.submissions.map(({ messageId }) => messageId)).toEqual([summary?.messageId]);
  const [journalLine] = journal.lines;
  expect((await system.get(journalLine?.href ?? '')).json<AggregatedLinePage>()).toEqual(aggregated);
  // By the line's own id.
  const found = (await system.get('adjustmentLines?id=main-1')).json<{ value: LinePage[] }>();
  expect(found.value).toEqual([posted]);

  const { inventoryVisibility, supplyChain } = await system.dynamics.totals();
  const usmf = { organizationId: 'USMF', dataSource: 'pos', physicalMeasure: 'inbound' };
  const demf = { ...usmf, organizationId: 'DEMF' };
  for (const [place, quantity] of [[usmf, '3.5'] as const, [demf, '-2'] as const]) {
    expect(inventoryVisibility).toContainEqual(expect.objectContaining({ ...place, applied: quantity }));
    expect(supplyChain).toContainEqual(
      expect.objectContaining({ ...place, quantity, postedQuantity: quantity, lines: 1 }),
    );
  }
});

test('the same request again changes nothing, and a changed line under an old id is refused by name', async () => {
  const system = running();
  const lines = [exampleLine('again-1'), exampleLine('again-2', { productId: 'D0002', quantity: 7 })];
  const first = (await system.post(lines)).json<LineResult[]>();
  const isSettled = async (): Promise<boolean> => {
    const pages = await Promise.all(first.map(({ lineRecordId }) => pageOf(system, lineRecordId)));
    return pages.every(({ aggregatedLine }) => aggregatedLine?.status === 'FnOTransPosted');
  };
  await system.driveUntil('both lines are posted', isSettled);
  await system.dynamics.runJobs();
  const before = await system.dynamics.totals();

  const again = await system.post(lines);
  expect(again.status).toBe(200);
  expect(again.json<LineResult[]>()).toMatchObject(
    first.map(({ id, lineRecordId }) => ({
      id,
      lineRecordId,
      processingStatus: 'duplicate',
      statusCode: 200,
      status: 'Aggregated',
    })),
  );
  const changed = await system.post([
    exampleLine('again-1'),
    exampleLine('again-2', { productId: 'D0002', quantity: 8 }),
    exampleLine('again-3', { productId: 'D0003' }),
  ]);
  expect(changed.status).toBe(409);
  const problem = changed.json<Problem>();
  expect(problem.error.code).toBe('IdConflict');
  expect(problem.detail).toMatch(/"again-2" of line 1 .*data source "pos".*"SO-10045"/);
  expect(problem.results?.map(({ processingStatus }) => processingStatus)).toEqual([
    'duplicate',
    'conflict',
    'success',
  ]);

  // What was new is stored, in spite of the conflict beside it; nothing else moves.
  const third = problem.results?.[2]?.lineRecordId ?? '';
  await system.driveUntil('the new line is posted', async () => {
    return (await pageOf(system, third)).aggregatedLine?.status === 'FnOTransPosted';
  });
  await system.dynamics.runJobs();
  const after = await system.dynamics.totals();
  const old = <T extends { productId: string }>(totals: readonly T[]): T[] =>
    totals.filter(({ productId }) => productId !== 'D0003');
  expect(old(after.inventoryVisibility)).toEqual(old(before.inventoryVisibility));
  expect(old(after.supplyChain)).toEqual(old(before.supplyChain));
  expect(after.supplyChain).toContainEqual(
    expect.objectContaining({ productId: 'D0003', quantity: '1', lines: 1 }),
  );
});

test('a line stays a duplicate when its mapping and its data source are gone', async () => {
  const system = await startLocalSystem();
  const old = line('web-1', { quantityDataSource: 'web' });
  const [first] = (await system.post([old])).json<LineResult[]>();
  await system.changeSettings({
    dataSources: [{ name: 'pos', physicalMeasures: ['inbound'] }],
    mappings: [{ dataSource: 'pos', physicalMeasure: 'inbound', targetTransactionStatus: 'Posted' }],
  });
  const again = await system.post([old, line('pos-1')]);
  expect(again.status).toBe(200);
  expect(again.json<LineResult[]>()).toMatchObject([
    { processingStatus: 'duplicate', lineRecordId: first?.lineRecordId },
    { processingStatus: 'success' },
  ]);
  const fresh = await system.post([old, line('web-2', { quantityDataSource: 'web' })]);
  expect(fresh.status).toBe(400);
  expect(fresh.json<Problem>().errors).toMatchObject([
    { code: 'UnknownDataSource', line: 1, field: 'quantityDataSource', value: 'web' },
  ]);
  const other = await system.post([{ ...old, quantity: 9 }]);
  expect(other.status).toBe(409);
});

test('createWithIVSync answers what the cache already shows, also beside postings without it', async () => {
  const system = await startLocalSystem({ settings: { periodicallySynchronize: false } });
  const numbers = Array.from({ length: 12 }, (_, number) => number);
  const answers = await Promise.all(
    numbers.map((number) =>
      system.post([line(`mixed-${number}`, { productId: number % 2 === 0 ? 'AT-ONCE' : 'LATER' })], {
        query: number % 2 === 0 ? '?createWithIVSync=true' : '',
      }),
    ),
  );
  const onHand = async (product: string): Promise<string | undefined> =>
    (await system.dynamics.totals()).inventoryVisibility.find(({ productId }) => productId === product)
      ?.onHand;
  expect(await onHand('AT-ONCE')).toBe('6');
  const results = answers.map((answer) => answer.json<LineResult[]>()[0]);
  expect(results.map((result) => result?.status)).toEqual(
    numbers.map((number) => (number % 2 === 0 ? 'IVPosted' : 'Created')),
  );

  // The periodic synchronization is off: a tick of it leaves the others alone, and the hops go on with what is cached.
  await system.fire('syncCache');
  await system.driveUntil('a line that was cached at once is posted', async () => {
    const page = await pageOf(system, results[0]?.lineRecordId ?? '');
    return page.aggregatedLine?.status === 'FnOTransPosted';
  });
  expect(await onHand('LATER')).toBeUndefined();
  expect(await pageOf(system, results[1]?.lineRecordId ?? '')).toMatchObject({ status: 'Created' });
});
