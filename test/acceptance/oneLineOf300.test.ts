/**
 * One line of three hundred fails, and what people do then, over HTTP on real parts: the missing line goes out again
 * alone, a wrong journal name is corrected, a line is closed, another reversed. The books are whole after each step.
 */
import { expect, test, vi } from 'vitest';
import { balance, type Disposition, isBalanced, type Totals } from '../../local/sample/balance.ts';
import type { JournalPage, LinePage, LineResult } from '../support/answers.ts';
import { httpCall } from '../support/httpCall.ts';
import { line, type PostedLine } from '../support/localSettings.ts';
import { LocalSystem } from '../support/localSystem.ts';
import { OFFSET_ROWS } from '../support/scenarioDay.ts';
import { settingsOfWays, type Ways } from '../support/scenarioRun.ts';

const ALL = process.env['MODE'] === 'scenarios';
vi.setConfig({ testTimeout: 300_000, maxConcurrency: 4 });

const LINES = 300;
const FAILING = 'L150';
const CLOSED_IN = 'USMF-004711';

type PageLine = JournalPage['lines'][number] & { readonly productId: string };

/** Everything that was posted, and where its journals are read. */
class Books {
  readonly system: LocalSystem;
  readonly posted: PostedLine[] = [];
  readonly #journals = new Set<string>();
  lines = new Map<string, PageLine>();

  constructor(system: LocalSystem) {
    this.system = system;
  }

  async post(lines: readonly PostedLine[]): Promise<string[]> {
    const answer = await this.system.post(lines);
    expect(answer.status, answer.text).toBe(200);
    this.posted.push(...lines);
    return answer.json<LineResult[]>().map(({ lineRecordId }) => lineRecordId);
  }

  /** Waits until a line is in a journal, and watches that journal from now on. */
  async watch(recordId: string): Promise<void> {
    const journal = await this.system.driveUntil(`${recordId} is in a journal`, async () => {
      const page = (await this.system.get(`adjustmentLines/${recordId}`)).json<LinePage>();
      return page.aggregatedLine?.journal;
    });
    this.#journals.add(journal.href);
  }

  /** Drives on until the aggregated lines, by product, are as wanted. */
  async until(
    what: string,
    isThere: (statusOf: (productId: string) => string | undefined) => boolean,
  ): Promise<void> {
    await this.system.driveUntil(what, async () => {
      this.lines = new Map();
      for (const href of this.#journals)
        for (const each of (await this.system.get(href)).json<{ lines: PageLine[] }>().lines)
          this.lines.set(`${each.productId}${this.lines.has(each.productId) ? '-reversal' : ''}`, each);
      return isThere((productId) => this.lines.get(productId)?.status);
    });
  }

  async decide(productId: string, action: string, body: object): Promise<Record<string, unknown>> {
    const answer = await httpCall({
      url: this.system.url(
        `aggregatedAdjustmentLines/${this.lines.get(productId)?.lineRecordId ?? productId}/${action}`,
      ),
      method: 'POST',
      headers: { authorization: `Bearer ${this.system.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status, answer.text).toBe(200);
    return answer.json();
  }

  /** Accepted = applied + parked = in the ERP + DoNotSync + in error, item by item; no line stands there twice. */
  async expectWhole(): Promise<void> {
    await this.system.dynamics.control('POST', 'synchronization/run');
    const totals = (await this.system.dynamics.totals()) as unknown as Totals;
    const accepted = this.posted.map((posted) => ({
      organizationId: 'USMF',
      productId: posted.productId,
      dimensions: { SiteId: '1', LocationId: '13' },
      dataSource: 'pos',
      physicalMeasure: 'inbound',
      quantity: String(posted.quantity),
      disposition: dispositionOf(this.lines.get(posted.productId)?.status),
    }));
    const rows = balance(accepted, { inventoryVisibility: [], supplyChain: [] }, totals, () => 1);
    expect(isBalanced(rows), JSON.stringify(rows)).toBe(true);
    const { doubledLines } = await this.system.dynamics.state();
    expect(doubledLines).toEqual([]);
  }
}

function dispositionOf(status: string | undefined): Disposition {
  if (status === 'DoNotSync') return 'doNotSync';
  return status === 'FnOTransCreateError' ? 'parkedByJournal' : 'erp';
}

const WAYS: readonly Ways[] = ALL
  ? (['service', 'generic-v2'] as const).flatMap((entityProfile) =>
      (['recurring', 'package'] as const).map((transport) => ({ entityProfile, transport })),
    )
  : [
      { entityProfile: 'service', transport: 'recurring' },
      { entityProfile: 'generic-v2', transport: 'package' },
    ];

test.concurrent.for(WAYS.map((ways) => [ways.entityProfile, ways.transport, ways] as const))(
  'profile %s, transport %s',
  async ([, , ways], { onTestFinished }) => {
    const system = await LocalSystem.start({
      pace: 4,
      // Of the journal names nothing is known: what failed is proven all the same, line by line.
      settings: settingsOfWays(ways, { linesDeletedAfterPosting: 'unknown', unknownOutcomeSeconds: 60 }),
      dynamics: { offsetRows: OFFSET_ROWS, journalNames: ['IAdj'], tokenLifetimeSeconds: 14_400 },
    });
    onTestFinished(() => system.close());
    const books = new Books(system);
    await system.misbehave({
      kind: 'failRow',
      productId: FAILING,
      message: 'The item is stopped.',
      count: 1,
    });
    const products = Array.from({ length: LINES }, (_, n) => `L${String(n).padStart(3, '0')}`);
    const ids = await books.post(
      products.map((productId, n) => line(productId, { productId, quantity: n + 1 })),
    );
    await books.watch(ids[0] ?? '');
    await books.until('one of 300 is in error, the others are posted', (statusOf) =>
      products.every((id) => statusOf(id) === (id === FAILING ? 'FnOTransCreateError' : 'FnOTransPosted')),
    );
    expect(books.lines.get(FAILING)?.error).toContain('The item is stopped.');
    expect([...books.lines.values()].filter(({ error }) => error !== undefined)).toHaveLength(1);
    await books.expectWhole();

    expect(await books.decide(FAILING, 'resend', {})).toMatchObject({ changed: true });
    expect(await books.decide(FAILING, 'resend', {})).toMatchObject({ changed: false });
    await books.until('the missing line is posted', (statusOf) => statusOf(FAILING) === 'FnOTransPosted');
    await books.expectWhole();
    const { journals, lines } = await system.dynamics.state();
    expect(lines).toBe(LINES);
    expect(journals.map((journal) => journal.lines).sort()).toEqual([1, LINES - 1]);

    await correctAndClose(books);

    const { line: reversed } = await books.decide('L007', 'reverse', { reason: 'posted in error' });
    const { reversedBy } = reversed as { reversedBy: { lineRecordId: string } };
    books.posted.push(line('reversal', { productId: 'L007', quantity: -8 }));
    await books.watch(reversedBy.lineRecordId);
    await books.until('the reversal is posted', (statusOf) => statusOf('L007-reversal') === 'FnOTransPosted');
    await books.expectWhole();
    const left = (await system.dynamics.totals()).supplyChain.find(({ productId }) => productId === 'L007');
    expect(left).toMatchObject({ quantity: '0', postedQuantity: '0', lines: 2 });
  },
);

/** Two lines with a journal name that nobody knows: one is corrected, the other closed. */
async function correctAndClose(books: Books): Promise<void> {
  const wrong = { fnoJournalNameId: 'NOPE' };
  const [first] = await books.post([
    line('N1', { productId: 'N1', quantity: 4, ...wrong }),
    line('N2', { productId: 'N2', quantity: 5, ...wrong }),
  ]);
  await books.watch(first ?? '');
  await books.until('both are in error', (statusOf) =>
    ['N1', 'N2'].every((id) => statusOf(id) === 'FnOTransCreateError'),
  );
  await books.expectWhole();
  const before = books.lines.get('N1')?.lineRecordId;
  await books.decide('N1', 'correct', { fnoJournalNameId: 'IAdj', reason: 'mistyped' });
  await books.until('the corrected line is posted', (statusOf) => statusOf('N1') === 'FnOTransPosted');
  expect(books.lines.get('N1')?.lineRecordId).toBe(before);
  expect(books.lines.get('N2')?.status).toBe('FnOTransCreateError');
  await books.expectWhole();
  await books.decide('N2', 'close', { reason: 'entered by hand', journalNumber: CLOSED_IN });
  await books.until('the other is closed', (statusOf) => statusOf('N2') === 'DoNotSync');
  expect(books.lines.get('N2')?.journalId).toBe(CLOSED_IN);
  await books.expectWhole();
}
