/** Operators and administrators at work, over HTTP, on real parts: every way out of an error, and the emergency stop. */
import { expect, test, vi } from 'vitest';
import type { AggregatedLinePage, LinePage, LineResult, Problem } from '../support/answers.ts';
import { type HttpAnswer, httpCall } from '../support/httpCall.ts';
import { FUNCTIONS_CLIENT, line, POSTING_CLIENT, READING_CLIENT } from '../support/localSettings.ts';
import type { LocalSystem } from '../support/localSystem.ts';
import { settingsOfWays } from '../support/scenarioRun.ts';
import { until } from '../support/until.ts';
import { startLocalSystem, useLocalSystem } from '../support/useLocalSystem.ts';

vi.setConfig({ testTimeout: 120_000 });

const ADMIN_CLIENT = {
  clientId: '77777777-7777-4777-8777-777777777777',
  clientSecret: 'administering',
  roles: ['Admin'],
};
const running = useLocalSystem({
  settings: { maxJournalCountPerPackage: 10 },
  dynamics: {
    clients: [FUNCTIONS_CLIENT, POSTING_CLIENT, READING_CLIENT, ADMIN_CLIENT],
    journalNames: ['IAdj'],
  },
});

type Body = Readonly<Record<string, unknown>>;

interface Call {
  readonly method?: string;
  readonly body?: Body;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function call(system: LocalSystem, path: string, { method = 'POST', body = {}, token, headers }: Call = {}) {
  return httpCall({
    url: system.url(path),
    method,
    headers: {
      authorization: `Bearer ${token ?? system.token}`,
      'content-type': 'application/json',
      ...headers,
    },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
  });
}

const decide = (system: LocalSystem, lineId: string, action: string, body: Body, token?: string) =>
  call(system, `aggregatedAdjustmentLines/${lineId}/${action}`, {
    body,
    ...(token === undefined ? {} : { token }),
  });

/** The id of the aggregated line of a posted line, once it has the status. */
async function lineWith(system: LocalSystem, recordId: string, status: string): Promise<string> {
  const page = await system.driveUntil(`${recordId} is ${status}`, async () => {
    const found = (await system.get(`adjustmentLines/${recordId}`)).json<LinePage>();
    return found.aggregatedLine?.status === status && found;
  });
  return page.aggregatedLine?.lineRecordId ?? '';
}

async function posted(system: LocalSystem, lines: Parameters<typeof line>[]): Promise<string[]> {
  const answer = await system.post(lines.map(([id, changes]) => line(id, changes)));
  expect(answer.status, answer.text).toBe(200);
  return answer.json<LineResult[]>().map(({ lineRecordId }) => lineRecordId);
}

const problemOf = (answer: HttpAnswer): string => answer.json<Problem>().error.code;

/** What SCM has of a product, per the simulator's own account: in journals, and posted. */
async function inErp(system: LocalSystem, productId: string): Promise<[string, string] | undefined> {
  const found = (await system.dynamics.totals()).supplyChain.find((sum) => sum.productId === productId);
  return found && [found.quantity, found.postedQuantity];
}

test('a line in error is corrected, another closed, a third reversed; the ERP holds what it should', async () => {
  const system = running();
  const [good = '', wrong = '', given = ''] = await posted(system, [
    ['w-good', { productId: 'W-GOOD', quantity: 3, fnoJournalNameId: 'IAdj' }],
    ['w-wrong', { productId: 'W-WRONG', quantity: 4, fnoJournalNameId: 'NOPE' }],
    ['w-given', { productId: 'W-GIVEN', quantity: 5, fnoJournalNameId: 'NOPE' }],
  ]);
  const wrongLine = await lineWith(system, wrong, 'FnOTransCreateError');
  const givenLine = await lineWith(system, given, 'FnOTransCreateError');
  const goodLine = await lineWith(system, good, 'FnOTransPosted');

  const reader = await system.dynamics.token(READING_CLIENT);
  const order = { fnoJournalNameId: 'IAdj', reason: 'mistyped' };
  expect((await decide(system, wrongLine, 'correct', order, reader)).status).toBe(403);
  expect(problemOf(await decide(system, wrongLine, 'mend', order))).toBe('NotFound');
  expect(problemOf(await decide(system, goodLine, 'correct', order))).toBe('NotAllowedNow');
  const preview = await call(system, `aggregatedAdjustmentLines/${wrongLine}/correct?preview=true`, {
    body: order,
  });
  expect(preview.json()).toMatchObject({ preview: true, changed: false });
  const corrected = await decide(system, wrongLine, 'correct', order);
  expect(corrected.json()).toMatchObject({ action: 'correct', changed: true });
  expect((await decide(system, wrongLine, 'correct', order)).json()).toMatchObject({ changed: false });
  await lineWith(system, wrong, 'FnOTransPosted');
  const page = (await system.get(`aggregatedAdjustmentLines/${wrongLine}`)).json<AggregatedLinePage & Body>();
  expect(page).toMatchObject({
    fnoJournalNameId: 'NOPE',
    correctedTo: { fnoJournalNameId: 'IAdj' },
    decisions: [
      { kind: 'resend', reason: 'mistyped', by: expect.stringContaining(POSTING_CLIENT.clientId) as string },
    ],
  });
  expect(await inErp(system, 'W-WRONG')).toEqual(['4', '4']);

  const closing = { reason: 'entered by hand', journalNumber: 'USMF-004711' };
  expect((await decide(system, givenLine, 'close', closing)).json()).toMatchObject({
    changed: true,
    line: { status: 'DoNotSync', journalId: 'USMF-004711' },
  });
  expect(await inErp(system, 'W-GIVEN')).toBeUndefined();

  const reversed = (await decide(system, goodLine, 'reverse', { reason: 'posted in error' })).json<{
    line: { reversedBy: { lineRecordId: string } };
  }>();
  await lineWith(system, reversed.line.reversedBy.lineRecordId, 'FnOTransPosted');
  expect(await inErp(system, 'W-GOOD')).toEqual(['0', '0']);
});

test('lines for whose journal name SCM makes no journal are in error, and go out once that is corrected', async () => {
  const system = await startLocalSystem({
    settings: settingsOfWays({ entityProfile: 'generic-v2', transport: 'recurring' }, {}),
    dynamics: { journalNames: ['IAdj'] },
  });
  const [wrong = '', other = ''] = await posted(system, [
    ['g-wrong', { productId: 'G-WRONG', quantity: 4, fnoJournalNameId: 'NOPE' }],
    ['g-other', { productId: 'G-OTHER', quantity: 2, fnoJournalNameId: 'NOPE' }],
  ]);
  const lineId = await lineWith(system, wrong, 'FnOTransCreateError');
  const page = await system.get(`aggregatedAdjustmentLines/${lineId}`);
  expect(page.json<AggregatedLinePage & Body>()['error']).toContain("'NOPE'");
  // Both lines at once, by their journal.
  const { href } = page.json<AggregatedLinePage>().journal;
  const correct = (query: string) =>
    call(system, `${href.slice(href.indexOf('journals/'))}/correct${query}`, {
      body: { fnoJournalNameId: 'IAdj' },
    });
  expect(problemOf(await correct('?status=wrong'))).toBe('InvalidParameter');
  expect(problemOf(await correct('?status=FnOTransCreateError&from=0'))).toBe('InvalidParameter');
  const preview = await correct('?status=FnOTransCreateError&preview=true');
  expect(preview.json()).toMatchObject({ preview: true, changed: 0, results: [{}, {}] });
  expect((await correct('?status=FnOTransCreateError')).json()).toMatchObject({ changed: 2 });
  for (const id of [wrong, other]) await lineWith(system, id, 'FnOTransPosted');
  expect(await inErp(system, 'G-WRONG')).toEqual(['4', '4']);
  expect(await inErp(system, 'G-OTHER')).toEqual(['2', '2']);
});

test('the emergency stop sends nothing, and switching on again asks first', async () => {
  const system = running();
  const token = await system.dynamics.token(ADMIN_CLIENT);
  const settings = () => call(system, 'settings', { method: 'GET', token });
  const put = async (changes: Body, query = '') => {
    const read = await settings();
    return call(system, `settings${query}`, {
      method: 'PUT',
      body: { ...read.json<Body>(), ...changes },
      token,
      headers: { 'if-match': read.headers['etag'] ?? '' },
    });
  };
  expect((await call(system, 'settings', { method: 'PUT' })).status).toBe(403);
  expect((await call(system, 'settings', { method: 'PUT', token })).status).toBe(428);
  const stale = { 'if-match': `W/"datetime'2020-01-01T00%3A00%3A00Z'"` };
  expect((await call(system, 'settings', { method: 'PUT', token, headers: stale })).status).toBe(412);
  expect((await put({ enableSyncJob: 'yes' })).json()).toMatchObject({
    error: { code: 'InvalidSettings' },
    errors: [{ path: 'enableSyncJob', value: '"yes"' }],
  });

  expect((await put({ enableSyncJob: false })).status).toBe(200);
  await system.hosts[0]?.restart();
  const sent = (await system.dynamics.state()).messages.length;
  const [stopped = ''] = await posted(system, [['w-stopped', { productId: 'W-STOPPED', quantity: 6 }]]);
  await system.driveUntil('the line is cached', async () => {
    return (await system.get(`adjustmentLines/${stopped}`)).json<LinePage>().status === 'IVPosted';
  });
  const asked = await put({ enableSyncJob: true });
  expect(asked.status).toBe(409);
  expect(asked.json()).toMatchObject({
    error: { code: 'BacklogWaiting' },
    backlog: { lines: 1, packages: 0 },
  });
  expect((await system.dynamics.state()).messages).toHaveLength(sent);
  expect((await put({ enableSyncJob: true }, '?backlog=maybe')).status).toBe(400);
  expect((await put({ enableSyncJob: true }, '?backlog=send')).status).toBe(200);
  await until(
    'the settings are known',
    async () => (await settings()).json<Body>()['enableSyncJob'] === true,
  );
  await lineWith(system, stopped, 'FnOTransPosted');
  expect(await inErp(system, 'W-STOPPED')).toEqual(['6', '6']);
});
