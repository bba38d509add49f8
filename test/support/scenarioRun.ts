/** A day posted while the Dynamics side misbehaves: drives it on turn by turn, and tells what became of each line. */
import {
  balance,
  type BalanceRow,
  type Disposition,
  type Totals as BalanceTotals,
} from '../../local/sample/balance.ts';
import { canonicalDecimal } from '../../shared/adjustments/decimal.ts';
import type { FaultRule } from '../../local/dynamics/http/faults.ts';
import type { JournalPage, LinePage, LineResult } from './answers.ts';
import { settingsDocument, type SettingsChanges } from './localSettings.ts';
import type { LocalSystem } from './localSystem.ts';
import { type DayLine, OPPOSITE } from './scenarioDay.ts';
import type { DynamicsState } from './simulatedDynamics.ts';
import { until } from './until.ts';

export interface Ways {
  readonly entityProfile: 'service' | 'generic-v2';
  readonly transport: 'recurring' | 'package';
}

/** Where an accepted line is. */
export interface LineEnd extends DayLine {
  /** Of its aggregated line, or `Parked`. */
  readonly status: string;
  readonly error?: string;
  /** Of its package, where it is in one. */
  readonly packageStatus?: string;
  readonly lastError?: string;
  readonly submissions: number;
  readonly journalId?: string;
  readonly voucher?: string;
  readonly aggregatedLineId?: string;
  readonly journal?: { readonly journalKey: string };
}

export function settingsOfWays(
  ways: Ways,
  changes: Readonly<Record<string, unknown>>,
): (url: string) => SettingsChanges {
  return (url) => ({
    supplyChain: { ...(settingsDocument(url)['supplyChain'] as object), ...ways, ...changes },
  });
}

export class ScenarioRun {
  readonly system: LocalSystem;
  readonly day: readonly DayLine[];
  /** Of all lines, in the order of the day, as they were seen last. */
  ends: readonly LineEnd[] = [];
  turns = 0;
  #recordIds: readonly string[] = [];
  /** By position in the day: the aggregated line that it went into. */
  readonly #places = new Map<number, NonNullable<LinePage['aggregatedLine']>>();
  #before: BalanceTotals = { inventoryVisibility: [], supplyChain: [] };

  constructor(system: LocalSystem, day: readonly DayLine[]) {
    this.system = system;
    this.day = day;
  }

  /** Posts the day under a scenario's rules. */
  async begin(rules: readonly FaultRule[]): Promise<void> {
    const { dynamics } = this.system;
    await dynamics.control('DELETE', 'faults');
    this.#before = await this.#totals();
    for (const rule of rules) await this.system.misbehave(rule);
    const answer = await this.system.post(this.day.map(({ posted }) => posted));
    if (answer.status !== 200) throw new Error(`the day was answered ${answer.status}: ${answer.text}`);
    this.#recordIds = answer.json<LineResult[]>().map(({ lineRecordId }) => lineRecordId);
  }

  /**
   * Has timers fire and jobs run until the lines are as wanted, and `turn` has nothing left to do. The posting job waits
   * until it is known what became of the imports.
   */
  async drive(
    what: string,
    isThere: (run: ScenarioRun) => boolean,
    turn: (run: ScenarioRun, state: DynamicsState) => Promise<void> = () => Promise.resolve(),
    patienceMs = 90_000,
  ): Promise<void> {
    const { system } = this;
    const step = async (): Promise<boolean> => {
      this.turns += 1;
      this.ends = await this.look();
      if (isThere(this)) return true;
      await turn(this, await system.dynamics.state());
      for (const timer of ['syncCache', 'packageJournals', 'trackJournals'] as const)
        await system.fire(timer);
      await system.dynamics.control('POST', 'import/run');
      if (this.ends.every((end) => isKnown(end))) await system.dynamics.control('POST', 'posting-job/run');
      await system.dynamics.control('POST', 'synchronization/run');
      return false;
    };
    await until(what, step, { pauseMs: 600, patienceMs }).catch((error: unknown) => {
      const told = this.ends.map((end) => JSON.stringify({ ...end, posted: end.posted.id })).join('\n');
      throw new Error(`${String(error)}\n${told}\n${system.hostLines.slice(-15).join('\n')}`);
    });
  }

  /** Where every line is by what the API says. */
  async look(): Promise<LineEnd[]> {
    const unplaced = this.day.flatMap((_, index) => (this.#places.has(index) ? [] : [index]));
    const pages = new Map<number, LinePage>();
    for (const index of unplaced) {
      const page = (
        await this.system.get(`adjustmentLines/${this.#recordIds[index] ?? ''}`)
      ).json<LinePage>();
      pages.set(index, page);
      if (page.aggregatedLine !== undefined) this.#places.set(index, page.aggregatedLine);
    }
    const journals = new Map<string, JournalPage>();
    for (const { journal } of this.#places.values())
      if (!journals.has(journal.href))
        journals.set(journal.href, (await this.system.get(journal.href)).json<JournalPage>());
    return this.day.map((line, index) => {
      const place = this.#places.get(index);
      const journal = journals.get(place?.journal.href ?? '');
      const now = journal?.lines.find(({ lineRecordId }) => lineRecordId === place?.lineRecordId);
      if (place === undefined || journal === undefined || now === undefined) {
        const { parked, status = 'Created' } = pages.get(index) ?? {};
        return { ...line, status: parked ? 'Parked' : status, submissions: 0, ...errorOf(parked?.message) };
      }
      return {
        ...line,
        ...now,
        journal: place.journal,
        aggregatedLineId: place.lineRecordId,
        submissions: journal.package?.submissions.length ?? 0,
        ...(journal.package === undefined ? {} : { packageStatus: journal.package.status }),
        ...(journal.package?.lastError === undefined ? {} : { lastError: journal.package.lastError }),
      };
    });
  }

  /** Both sums of all lines; `where` says what the ERP must hold by the lines' ends. */
  async balance(where: (end: LineEnd) => Disposition): Promise<BalanceRow[]> {
    const lines = this.ends.map((end) => ({
      organizationId: 'USMF',
      productId: end.posted.productId,
      dimensions: { SiteId: '1', LocationId: '13' },
      dataSource: 'pos',
      physicalMeasure: end.posted.physicalMeasure,
      quantity: canonical(end.posted.quantity),
      disposition: where(end),
    }));
    return balance(lines, this.#before, await this.#totals(), (_, measure) =>
      measure === OPPOSITE ? -1 : 1,
    );
  }

  /** Lines of the ERP per item of this day that stands there. */
  async erpLines(): Promise<Record<string, number>> {
    const { supplyChain } = await this.system.dynamics.totals();
    const items = new Set(this.day.map(({ posted }) => posted.productId));
    return Object.fromEntries(
      supplyChain
        .filter(({ productId }) => items.has(productId))
        .map(({ productId, lines }) => [productId, lines]),
    );
  }

  async #totals(): Promise<BalanceTotals> {
    const totals = (await this.system.dynamics.totals()) as unknown as BalanceTotals;
    const items = new Set(this.day.map(({ posted }) => posted.productId));
    return {
      inventoryVisibility: totals.inventoryVisibility.filter(({ productId }) => items.has(productId)),
      supplyChain: totals.supplyChain.filter(({ productId }) => items.has(productId)),
    };
  }
}

function isKnown({ part, status, packageStatus }: LineEnd): boolean {
  if (part !== 'first' && part !== 'second') return true;
  return packageStatus === 'Unknown' || !['Created', 'IVPosted', 'FnOSyncEnqueued'].includes(status);
}

function errorOf(error: string | undefined): { error?: string } {
  return error === undefined ? {} : { error };
}

function canonical(quantity: string | number): string {
  const text = canonicalDecimal(String(quantity), 'text');
  if (typeof text !== 'string') throw new Error(`${quantity} is no decimal number`);
  return text;
}
