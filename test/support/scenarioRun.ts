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
    await until(what, step, { pauseMs: 200, patienceMs }).catch((error: unknown) => {
      const told = this.ends.map((end) => JSON.stringify({ ...end, posted: end.posted.id })).join('\n');
      throw new Error(`${String(error)}\n${told}\n${system.hostLines.slice(-15).join('\n')}`);
    });
  }

  /** Where every line is by what the API says. */
  async look(): Promise<LineEnd[]> {
    const journals = new Map<string, Promise<JournalPage>>();
    const journal = (href: string): Promise<JournalPage> => {
      const known = journals.get(href) ?? this.system.get(href).then((answer) => answer.json<JournalPage>());
      journals.set(href, known);
      return known;
    };
    return Promise.all(
      this.day.map(async (line, index) => {
        const page = (
          await this.system.get(`adjustmentLines/${this.#recordIds[index] ?? ''}`)
        ).json<LinePage>();
        const { aggregatedLine } = page;
        if (aggregatedLine === undefined)
          return {
            ...line,
            status: page.parked ? 'Parked' : page.status,
            submissions: 0,
            ...errorOf(page.parked?.message),
          };
        const { package: inPackage } = await journal(aggregatedLine.journal.href);
        return {
          ...line,
          ...aggregatedLine,
          aggregatedLineId: aggregatedLine.lineRecordId,
          submissions: inPackage?.submissions.length ?? 0,
          ...(inPackage === undefined ? {} : { packageStatus: inPackage.status }),
          ...(inPackage?.lastError === undefined ? {} : { lastError: inPackage.lastError }),
        };
      }),
    );
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
