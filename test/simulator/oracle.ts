/** Ties the checker to a world: cheap checks at every write, all checks every so often, and the first violation found. */
import { Violation } from './engine/violation.ts';
import { ClientRecord, findInRows } from './checker/answers.ts';
import { keyOf, recordIdOf, scaled } from './checker/arithmetic.ts';
import { checkLogs, type Evidence } from './checker/checker.ts';
import { LOG_TABLE, type Package, type Sync } from './checker/logView.ts';
import { type AggregateLine, documentOf, linesOfBatch, outcomeLines } from './checker/rawRows.ts';
import { checkWrite } from './checker/writeChecks.ts';
import { isOfRetention } from './checker/retentionChecks.ts';
import { KeptRows } from './checker/keptRows.ts';
import type { AccessToken, OnHandEvent } from '../../shared/inventoryVisibility/inventoryVisibility.ts';
import { checkAppended, checkVersions } from './appendChecks.ts';
import { checkDecisions } from './decisionChecks.ts';
import { isExcused } from './excusedErrors.ts';
import type { Change } from './memoryTableStore.ts';
import type { Process } from './engine/process.ts';
import type { ErpMessage } from './models/supplyChainState.ts';
import type { SimulatedEnvironment, World } from './world.ts';

/** How long after the emergency stop a process that read the settings before it may still send. */
const STOP_MARGIN_MS = 2 * 60_000;

export class Oracle {
  readonly world: World;
  readonly clients: ClientRecord;
  /** Whether everything is held to what no fault excuses: errors that the simulator did not make up. */
  faultFree = false;
  /** The rows of now, and those that retention removed. */
  readonly rows: KeptRows;
  #failure: Error | undefined;
  #effects = 0;
  #checkedWrites = -1;
  #checks = 0;
  /** Attempts that a synchronization has recorded: log, expiry of the token, number of events. */
  readonly #attempts = new Set<string>();
  /** Ids of submissions that SCM took. */
  readonly #taken = new Set<string>();

  /** @param every check all rows after so many effects. */
  constructor(world: World, every: number) {
    this.world = world;
    this.rows = new KeptRows(world.tables);
    this.clients = new ClientRecord(findInRows(this.rows));
    world.tables.observe = (table, partitionKey, changes) =>
      this.guard(() => {
        this.#noteAttempts(partitionKey, changes);
        const environment = world.environments.find(({ id }) => partitionKey.startsWith(`${keyOf(id)}~`));
        if (table === LOG_TABLE && environment && !world.rewound)
          checkDecisions(world.tables, environment, partitionKey, changes);
        if (table === LOG_TABLE) {
          checkAppended(this.clients, partitionKey, changes);
          if (world.upgrade !== 'none') checkVersions(world.writer, partitionKey, changes);
        }
        if (isOfRetention(changes))
          for (const { operation, before } of changes)
            if (operation.kind === 'delete' && before) this.rows.keep(table, partitionKey, before);
        checkWrite(world.tables, table, partitionKey, changes, (from, to, rowKey) =>
          this.#noteStatus(partitionKey, rowKey, from, to),
        );
      });
    world.engine.afterEffect = () => {
      if (++this.#effects % every === 0) this.checkNow();
    };
    world.onLog = (entry, process) => {
      if (entry.level !== 'error' || isExcused(world, entry, process, this.faultFree)) return;
      this.report(new Violation(`${process.name} logged an error: ${entry.message} ${entry.reason}`));
    };
    for (const environment of world.environments) this.#watch(environment);
  }

  get evidence(): Evidence {
    const { environments, rewound } = this.world;
    return { tables: this.rows, environments, rewound };
  }

  /** The aggregated line with this journal key and line number, as the rows say it was folded. */
  aggregate(name: string): AggregateLine | undefined {
    const first = name.replace(/^(IV[^-]+-[^-]+-.{6})[^/]*/, '$1');
    for (const { aggregates } of checkLogs(this.evidence)) {
      const found = aggregates.get(first);
      if (found) return found.line;
    }
    return undefined;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** How often all rows were checked. */
  get checks(): number {
    return this.#checks;
  }

  /** @throws the first violation found. */
  rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  report(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
  }

  guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.report(error);
    }
  }

  checkNow(): void {
    this.guard(() => {
      if (this.#checkedWrites === this.world.tables.writes) return;
      this.#checkedWrites = this.world.tables.writes;
      this.#checks++;
      checkLogs(this.evidence);
    });
  }

  #watch({ id, inventoryVisibility, supplyChain }: SimulatedEnvironment): void {
    inventoryVisibility.onApply = (event, times) =>
      this.guard(() => {
        if (times.length > 0)
          throw new Violation(
            `Inventory Visibility applies event ${event.id} again, ${times.length} times before`,
          );
        if (!this.world.hopsOutliveRewind) this.#checkAccepted(id, event);
      });
    inventoryVisibility.onIssue = (process, { expiresAt }, events) => {
      if (process.alive && process.pauses === 0 && !this.world.hopsOutliveRewind)
        this.guard(() => this.#checkIssued(id, expiresAt, events));
    };
    supplyChain.onSend = (submissionId, process) => this.guard(() => this.#checkSent(submissionId, process));
    supplyChain.onTake = (message, token) => this.guard(() => this.#checkTaken(id, message, token));
    supplyChain.state.onDoubled = (line, how) =>
      this.report(new Violation(`the ERP took line ${line.id} a second time: ${how}`));
  }

  #checkAccepted(environmentId: string, event: OnHandEvent): void {
    const partitionKey = `${keyOf(environmentId)}~${keyOf(event.organizationId)}`;
    for (const row of this.rows.query(LOG_TABLE, partitionKey, { from: 'batch~', before: 'batch~:' }))
      for (const line of linesOfBatch(row)) {
        if (recordIdOf(environmentId, event.organizationId, line.id) !== event.id) continue;
        const isSame =
          scaled(line.quantity) === scaled(event.quantity) &&
          line.productId === event.productId &&
          line.physicalMeasure === event.physicalMeasure &&
          JSON.stringify(line.dimensions) === JSON.stringify(event.dimensions);
        if (isSame) return;
        throw new Violation(
          `Inventory Visibility got event ${event.id} with other content than was accepted`,
        );
      }
    throw new Violation(`Inventory Visibility got event ${event.id} of no accepted line`);
  }

  /**
   * A call to the cache must stand in a synchronization before it goes out, with the expiry of the very token it carries;
   * another instance may have ended that synchronization since.
   */
  #checkIssued(environmentId: string, expiresAt: number, events: readonly OnHandEvent[]): void {
    const [first] = events;
    if (first === undefined) return;
    const partitionKey = `${keyOf(environmentId)}~${keyOf(first.organizationId)}`;
    if (!this.#attempts.has(`${partitionKey} ${expiresAt} ${events.length}`))
      throw new Violation(`a call with event ${first.id} goes out, and no synchronization has recorded it`);
  }

  #noteAttempts(partitionKey: string, changes: readonly Change[]): void {
    for (const { operation, after } of changes) {
      if (after === undefined || !operation.rowKey.startsWith('sync~')) continue;
      for (const { from, to, attempts } of (documentOf(after) as unknown as Sync).calls)
        for (const { tokenExpiresAt } of attempts)
          this.#attempts.add(`${partitionKey} ${tokenExpiresAt} ${to - from}`);
    }
  }

  /** The emergency stop: nothing goes out that was not on its way. */
  #checkSent(submissionId: string, process: Process): void {
    const { stoppedSince, engine } = this.world;
    if (stoppedSince === undefined || process.pauses > 0) return;
    if (engine.now - stoppedSince > STOP_MARGIN_MS)
      throw new Violation(`submission ${submissionId} went out although the sync job was switched off`);
  }

  /** What SCM takes must stand in the rows already, as it is, and come once. */
  #checkTaken(environmentId: string, message: ErpMessage, { expiresAt }: AccessToken): void {
    const { submissionId, company, lines } = message;
    if (this.#taken.has(submissionId) && !this.world.rewound)
      throw new Violation(`SCM got submission ${submissionId} twice`);
    this.#taken.add(submissionId);
    if (this.world.hopsOutliveRewind) return;
    const partitionKey = `${keyOf(environmentId)}~${keyOf(company)}`;
    for (const row of this.world.tables.query(LOG_TABLE, partitionKey, {
      from: 'package~',
      before: 'package~~',
    })) {
      const { submissions, lineCounts } = documentOf(row) as unknown as Package;
      const submission = submissions.find(({ id }) => id === submissionId);
      if (submission === undefined) continue;
      const all = lineCounts.reduce((sum, count) => sum + count, 0);
      if (submission.tokenExpiresAt !== expiresAt)
        throw new Violation(`submission ${submissionId} carries another token than its row says`);
      const count = submission.lines === 'all' ? all : submission.lines.length;
      if (count !== lines.length)
        throw new Violation(`submission ${submissionId} has ${lines.length} lines, its row says ${count}`);
      return;
    }
    throw new Violation(`SCM got submission ${submissionId}, of which no row knows`);
  }

  /** A line may be called failed only after SCM has said so of every submission that it acknowledged. */
  #checkFailed(partitionKey: string, rowKey: string): void {
    const row = this.world.tables.get(LOG_TABLE, partitionKey, rowKey.replace('outcome~', 'package~'));
    const { submissions } = (row ? documentOf(row) : { submissions: [] }) as Pick<Package, 'submissions'>;
    const outcome = this.world.tables.get(LOG_TABLE, partitionKey, rowKey);
    // By the word of somebody who has looked into SCM, which stands until SCM has taken a later submission.
    const judgedAt = (outcome ? outcomeLines(outcome) : []).flatMap(({ decisions = [] }) => {
      const verdict = decisions.findLast((one) => one.verdict !== undefined);
      return verdict?.verdict === 'notPosted' ? [verdict.at] : [];
    });
    const takenAt = submissions.flatMap(({ at, messageId }) => (messageId === undefined ? [] : [at]));
    if (judgedAt.some((judged) => takenAt.every((taken) => taken < judged))) return;
    const messages = this.world.environments.flatMap(({ supplyChain }) => [
      ...supplyChain.state.messages.values(),
    ]);
    const failed = submissions.some(({ messageId }) => {
      const status = messages.find(({ id }) => id === messageId)?.status;
      return status === 'Failed' || status === 'Canceled' || status === 'PartiallySucceeded';
    });
    if (!failed)
      throw new Violation(`${partitionKey} ${rowKey}: a line is called failed and SCM never said so`);
  }

  #noteStatus(partitionKey: string, rowKey: string, from: string, to: string): void {
    const { sometimes } = this.world;
    if (to === 'FnOTransCreateError') this.#checkFailed(partitionKey, rowKey);
    if (to === 'FnOTransCreated') sometimes.note('track: created');
    if (to === 'FnOTransCreateError') sometimes.note('track: creation failed');
    if (to === 'FnOTransPosted') sometimes.note('track: posted');
    if (to === 'FnOTransPostError') sometimes.note('track: not posted in time');
    if (from === 'FnOTransCreateError' && to.startsWith('FnOTrans'))
      sometimes.note('track: creation failed, found later');
  }
}
