/**
 * People at work: they drive parked lines again, give verdicts on unknown ones, and decide about aggregated lines, as the
 * requests of the API do. What they say of the other side is true at the moment they look; the product has to see to it
 * that it stays true.
 */
import { closeLine } from '../../../shared/decisions/closeLine.ts';
import { judgeLine } from '../../../shared/decisions/judgeLine.ts';
import type { DecisionCall } from '../../../shared/decisions/lineInQuestion.ts';
import { resendLine } from '../../../shared/decisions/resendLine.ts';
import { reverseLine } from '../../../shared/decisions/reverseLine.ts';
import { aggregatedLineId } from '../../../shared/log/aggregatedLineId.ts';
import { ApiError } from '../../../shared/http/problem.ts';
import { judgeLines } from '../../../shared/redrive/judgeLines.ts';
import type { RedriveCall } from '../../../shared/redrive/redriveCall.ts';
import { REDRIVABLE } from '../../../shared/redrive/redriveOrder.ts';
import { redriveLines } from '../../../shared/redrive/redriveLines.ts';
import { DependencyError } from '../../../shared/runtime/dependencyError.ts';
import { TableError } from '../../../shared/tables/tableStore.ts';
import type { ClientLine } from '../checker/answers.ts';
import { recordIdOf } from '../checker/arithmetic.ts';
import { LOG_TABLE, type Package } from '../checker/logView.ts';
import { documentOf, linesOfBatch, outcomeLines, parkedLinesOf } from '../checker/rawRows.ts';
import type { Prng } from '../engine/prng.ts';
import type { CsvRow } from '../models/dataPackageReader.ts';
import type { SupplyChainState } from '../models/supplyChainState.ts';
import type { Oracle } from '../oracle.ts';
import type { Instance, SimulatedEnvironment, World } from '../world.ts';

const BY = 'operator';
const REASON = 'looked into it';
/** Lines of which it is not known what became of them. */
const OPEN: readonly string[] = ['Created', 'FnOSyncEnqueued'];

interface ParkedOne {
  readonly lineRecordId: string;
  readonly organizationId: string;
  readonly batch: number;
  readonly reason: string;
  readonly tokenExpiresAt: number;
}

interface UnacknowledgedLine {
  readonly lineId: string;
  readonly tokenExpiresAt: number;
}

export class Humans {
  readonly #world: World;
  readonly #oracle: Oracle;
  readonly #prng: Prng;
  /** Lines that somebody comes back for. */
  readonly #awaited = new Set<string>();

  constructor(world: World, oracle: Oracle) {
    this.#world = world;
    this.#oracle = oracle;
    this.#prng = world.prng.fork('humans');
  }

  /** Does one thing. Call it from an event that resumes. */
  act(environments: readonly SimulatedEnvironment[] = this.#world.environments): void {
    if (this.#world.awake.length === 0) return;
    const environment = this.#prng.pick(environments);
    const instances = [this.#prng.pick(this.#world.awake)];
    // Two people, or one who clicks twice.
    if (this.#prng.chance(0.4)) instances.push(this.#prng.pick(this.#world.awake));
    const work =
      this.#judging(environment) ??
      (this.#prng.chance(0.5) ? this.#redriving(environment) : this.#deciding(environment));
    if (work === undefined) return;
    for (const instance of instances) this.#carryOut(instance, environment.id, work);
  }

  #carryOut(instance: Instance, environmentId: string, work: (call: RedriveCall) => Promise<unknown>): void {
    const { layer } = instance;
    const ask = async (): Promise<void> => {
      const environment = await layer.environment(environmentId);
      if (environment !== undefined) await work({ layer, environment, by: BY, preview: false });
    };
    ask().catch((error: unknown) => {
      const isAnswer =
        error instanceof ApiError || error instanceof DependencyError || error instanceof TableError;
      const isNewer = String(error).includes('Deploy the newer version');
      if (!isAnswer && !isNewer) this.#oracle.report(error);
    });
  }

  #redriving({ id, inventoryVisibility }: SimulatedEnvironment) {
    const parked = this.#parked(id);
    if (parked.length === 0) return undefined;
    const one = this.#prng.pick(parked);
    const { lineRecordId, batch, organizationId } = one;
    if (one.reason !== 'unknown' && this.#prng.chance(0.3))
      return (call: RedriveCall) =>
        redriveLines(call, { reason: REASON, scope: { organizationId, parkReasons: REDRIVABLE } });
    if (one.reason !== 'unknown')
      return (call: RedriveCall) =>
        redriveLines(call, { reason: REASON, scope: { lineRecordIds: [lineRecordId] } });
    const { longestSkewMs, inventoryVisibility: options } = this.#world.options;
    // Where clocks are wrong by hours, people look at their own.
    const sure = one.tokenExpiresAt + options.processingBoundMs + 2 * longestSkewMs;
    if (longestSkewMs > 0 && this.#world.engine.now <= sure) return undefined;
    const verdict = inventoryVisibility.applied.has(lineRecordId) ? 'applied' : 'notApplied';
    return (call: RedriveCall) =>
      judgeLines(call, { reason: REASON, verdict, lines: [{ lineRecordId, batch }] });
  }

  /** The lines that are parked now, as the rows say. */
  #parked(environmentId: string): ParkedOne[] {
    const { tables } = this.#world;
    const found: ParkedOne[] = [];
    for (const partitionKey of tables.partitions(LOG_TABLE)) {
      const [environmentKey, organizationKey = ''] = partitionKey.split('~');
      if (environmentKey !== environmentId.toUpperCase()) continue;
      for (const row of tables.query(LOG_TABLE, partitionKey, { from: 'parked~', before: 'parked~~' })) {
        const { lines, redrives } = parkedLinesOf(row);
        const gone = new Set(redrives.flatMap((each) => each.lines.map(([seq, at]) => `${seq}/${at}`)));
        for (const { seq, position, reason, tokenExpiresAt } of lines) {
          const key = `batch~${String(seq).padStart(12, '0')}`;
          const batch = tables.get(LOG_TABLE, partitionKey, key);
          const line = batch && linesOfBatch(batch)[position];
          if (line === undefined || gone.has(`${seq}/${position}`)) continue;
          const lineRecordId = recordIdOf(environmentId, organizationKey, line.id);
          const organizationId = line.organizationId;
          found.push({
            lineRecordId,
            organizationId,
            batch: seq,
            reason,
            tokenExpiresAt: tokenExpiresAt ?? Infinity,
          });
        }
      }
    }
    return found;
  }

  /** A line that went out, of which SCM has acknowledged nothing: people say that it is not posted, when SCM has none such. */
  #judging(environment: SimulatedEnvironment) {
    const sent = this.#unacknowledged(environment.id);
    if (sent.length === 0) return undefined;
    const one = this.#prng.pick(sent);
    this.#askAgain(environment, one);
    return this.#verdictOn(environment, one);
  }

  /** Who has read when the token expires comes back soon after that. */
  #askAgain(environment: SimulatedEnvironment, one: UnacknowledgedLine): void {
    const { engine, options } = this.#world;
    const wait = one.tokenExpiresAt - engine.now;
    if (wait <= 0 || this.#awaited.has(one.lineId)) return;
    this.#awaited.add(one.lineId);
    const later = this.#prng.between(1, options.supplyChain.processingBoundMs);
    engine.after(
      wait + later,
      'somebody asks again',
      () => {
        const { awake } = this.#world;
        const work = this.#verdictOn(environment, one);
        if (work && awake.length > 0) this.#carryOut(this.#prng.pick(awake), environment.id, work);
      },
      true,
    );
  }

  #verdictOn(
    { supplyChain: { state } }: SimulatedEnvironment,
    { lineId, tokenExpiresAt }: UnacknowledgedLine,
  ) {
    const { sometimes, engine, options } = this.#world;
    const { longestSkewMs, supplyChain } = options;
    // Where clocks are wrong by hours, people look at their own.
    const sure = tokenExpiresAt + supplyChain.processingBoundMs + 2 * longestSkewMs;
    if (state.lines.has(lineId) || (longestSkewMs > 0 && engine.now <= sure)) return undefined;
    if (isImported(state, lineId)) return undefined;
    const next = this.#prng.pick(['close', 'correct', 'nothing']);
    return async (call: RedriveCall) => {
      const decision = { ...call, lineId };
      await judgeLine(decision, { verdict: 'notPosted', reason: REASON }).catch((error: unknown) => {
        if (engine.now > tokenExpiresAt && String(error).includes('could still take effect'))
          sometimes.note('decision: refused while SCM may work on a package');
        throw error;
      });
      if (next === 'close') await closeLine(decision, { reason: REASON });
      if (next === 'correct') await resendLine(decision, { reason: REASON, correction: { costPrice: '5' } });
    };
  }

  #unacknowledged(environmentId: string): UnacknowledgedLine[] {
    const { tables } = this.#world;
    const found: UnacknowledgedLine[] = [];
    for (const partitionKey of tables.partitions(LOG_TABLE)) {
      if (partitionKey.split('~', 1)[0] !== environmentId.toUpperCase()) continue;
      for (const row of tables.query(LOG_TABLE, partitionKey, { from: 'package~', before: 'package~~' })) {
        const { submissions, journals, lineCounts } = documentOf(row) as unknown as Package;
        const lost = submissions.filter(({ messageId }) => messageId === undefined);
        const outcome = tables.get(LOG_TABLE, partitionKey, row.rowKey.replace('package~', 'outcome~'));
        const isOpen = outcome && outcomeLines(outcome).some(({ status }) => OPEN.includes(status));
        if (lost.length === 0 || !isOpen) continue;
        const number = row.rowKey.split('~')[1] ?? '';
        const run = tables.get(LOG_TABLE, partitionKey, `run~${number}`);
        const at = this.#prng.between(0, journals.length - 1);
        const place = {
          run: Number(number),
          journal: journals[at] ?? 1,
          position: this.#prng.between(0, (lineCounts[at] ?? 1) - 1),
        };
        const tokenExpiresAt = Math.max(...lost.map((each) => each.tokenExpiresAt));
        if (run)
          found.push({
            lineId: aggregatedLineId(partitionKey, String(documentOf(run)['nonce']), place),
            tokenExpiresAt,
          });
      }
    }
    return found;
  }

  #deciding({ id, supplyChain: { state } }: SimulatedEnvironment) {
    const messages = [...state.messages.values()];
    const failed = messages.filter(({ errors }) => errors.length > 0);
    // What failed as a whole is what people look at first: it is run again by hand there, or closed here, or both.
    const whole = messages.filter(({ status }) => status === 'Failed');
    const worst = this.#prng.chance(0.4) && whole.length > 0 ? whole : failed;
    const some = this.#prng.chance(0.7) && worst.length > 0 ? worst : messages;
    if (some.length === 0) return undefined;
    const message = this.#prng.pick(some);
    const row = this.#prng.pick(message.lines);
    const lineId = (row['INVENTORYSERVICETRANSACTIONID'] ?? '').toLowerCase();
    const held = state.lines.get(lineId);
    const roll = this.#prng.fraction();
    const decide = (make: (call: DecisionCall) => Promise<unknown>) => (call: RedriveCall) =>
      make({ ...call, lineId });
    // What SCM could not even read is put right there, or entered by hand.
    if (held === undefined && message.status === 'Failed' && this.#prng.chance(0.5))
      return decide((call) => closeLine(call, { reason: REASON }));
    if (held === undefined && roll < 0.4) return decide((call) => resendLine(call, { reason: REASON }));
    if (held === undefined && roll < 0.6) {
      const costPrice = this.#prng.pick(['5', '6.5']);
      return decide((call) => resendLine(call, { reason: REASON, correction: { costPrice } }));
    }
    if (roll < 0.75) return decide((call) => closeLine(call, { reason: REASON }));
    if (held !== undefined && roll > 0.95) {
      this.#expectReversal(id, message.company, lineId, row);
      return decide((call) => reverseLine(call, { reason: REASON }));
    }
    if (isImported(state, lineId)) return undefined;
    const journalNumber = held?.row['JOURNALNUMBER'];
    if (journalNumber === undefined)
      return decide((call) => judgeLine(call, { verdict: 'notPosted', reason: REASON }));
    if (!held?.posted) return undefined;
    return decide((call) => judgeLine(call, { verdict: 'posted', journalNumber }));
  }

  /** The adjustment that takes a line back out is one that a client might have sent. */
  #expectReversal(environmentId: string, company: string, lineId: string, row: CsvRow): void {
    const id = `reversal-of-${lineId}`;
    const recordId = recordIdOf(environmentId, company, id);
    const known = this.#oracle.clients.sent.get(recordId) ?? [];
    const found = this.#oracle.aggregate(`${row['JOURNALNUMBER']}/${row['LINENUMBER']}`);
    if (found === undefined || known.length > 0) return;
    const { quantity, dimensions, dataSource, costPrice, fnoJournalNameId, ...line } = found;
    const reversal: ClientLine = {
      id,
      organizationId: line.organizationId,
      productId: line.productId,
      quantityDataSource: dataSource,
      physicalMeasure: line.physicalMeasure,
      quantity: quantity.startsWith('-') ? quantity.slice(1) : `-${quantity}`,
      dimensions: Object.fromEntries(dimensions),
      ...(costPrice === undefined ? {} : { costPrice }),
      ...(fnoJournalNameId === undefined ? {} : { fnoJournalNameId }),
      externalReferenceId: lineId,
    };
    const corrected = ['5', '6.5'].map((price) => ({ ...reversal, costPrice: price }));
    this.#oracle.clients.sent.set(recordId, [reversal, ...corrected]);
  }
}

/** Whether a line is there cannot be said while SCM has an import of it before it. */
function isImported({ messages }: SupplyChainState, lineId: string): boolean {
  return [...messages.values()].some(
    ({ status, lines }) =>
      ['Enqueued', 'Executing'].includes(status) &&
      lines.some((line) => line['INVENTORYSERVICETRANSACTIONID']?.toLowerCase() === lineId),
  );
}
