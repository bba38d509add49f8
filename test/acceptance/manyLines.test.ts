/** More lines than one journal holds: they are spread over journals and packages by the settings, and all are posted. */
import { expect, test } from 'vitest';
import type { JournalPage, LineResult } from '../support/answers.ts';
import { line } from '../support/localSettings.ts';
import { startLocalSystem } from '../support/useLocalSystem.ts';

const LINES = 25_000;
const LINES_PER_REQUEST = 1_000;

test.for([
  { maxJournalCountPerPackage: 1, packages: 3 },
  { maxJournalCountPerPackage: 2, packages: 2 },
])(
  '25,000 lines of one legal entity, $maxJournalCountPerPackage journals per package',
  { timeout: 180_000 },
  async ({ maxJournalCountPerPackage, packages }) => {
    const system = await startLocalSystem({ settings: { maxJournalCountPerPackage } });
    for (let first = 0; first < LINES; first += LINES_PER_REQUEST) {
      const lines = Array.from({ length: LINES_PER_REQUEST }, (_, index) =>
        line(`line-${first + index}`, { productId: `P${first + index}`, quantity: 2 }),
      );
      const answer = await system.post(lines);
      expect(answer.status).toBe(200);
      for (const { processingStatus } of answer.json<LineResult[]>())
        expect(processingStatus).toBe('success');
    }
    // All in the cache before the first run begins: a run takes what it finds.
    await system.driveUntil(
      'all lines are in the cache',
      async () => (await system.dynamics.state()).eventIds === LINES,
      ['syncCache'],
    );
    const journals = await system.driveUntil('all journals are posted', async () => {
      const state = await system.dynamics.state();
      const pages: JournalPage[] = [];
      for (const { journalNumber } of state.journals)
        pages.push((await system.get(`journals/${journalNumber}`)).json());
      const lines = pages.flatMap((page) => page.lines);
      return lines.length === LINES && lines.every(({ status }) => status === 'FnOTransPosted') && pages;
    });

    expect(journals.map(({ lineCount }) => lineCount).sort((a, b) => b - a)).toEqual([10_000, 10_000, 5_000]);
    expect(new Set(journals.map((journal) => journal.package?.number)).size).toBe(packages);
    const state = await system.dynamics.state();
    expect(state.messages.length).toBe(packages);
    expect(state.lines).toBe(LINES);
    const { inventoryVisibility, supplyChain } = await system.dynamics.totals();
    expect(supplyChain.length).toBe(LINES);
    expect(supplyChain.filter(({ postedQuantity }) => postedQuantity !== '2')).toEqual([]);
    const applied = inventoryVisibility.filter(({ dataSource }) => dataSource === 'pos');
    expect(applied.length).toBe(LINES);
    expect(applied.filter((total) => total.applied !== '2')).toEqual([]);
  },
);
