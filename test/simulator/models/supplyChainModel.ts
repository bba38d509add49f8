/**
 * Supply Chain Management as the product assumes it: a package is taken when its token is good, imported later, perhaps
 * in parts and more than once, with lines upserted by GUID; a job posts journals and may delete their lines.
 */
import type { AccessToken } from '../../../shared/inventoryVisibility/inventoryVisibility.ts';
import type { ImportStatus, SendAnswer, SupplyChain } from '../../../shared/supplyChain/supplyChain.ts';
import type { Engine } from '../engine/engine.ts';
import type { Prng } from '../engine/prng.ts';
import type { Process } from '../engine/process.ts';
import { readDataPackage } from './dataPackageReader.ts';
import { type CallOnItsWay, OnTheWay } from './onTheWay.ts';
import { madeUpFailure } from './ports.ts';
import { type ImportTrouble, NO_IMPORT_TROUBLE } from './importTrouble.ts';
import { type ErpMessage, readBack, SupplyChainState } from './supplyChainState.ts';
import { Tokens } from './tokens.ts';

const LATEST_RERUN_MS = 3 * 3_600_000;

export interface SupplyChainOptions {
  readonly address: string;
  readonly tokenLifetimeMs: number;
  readonly processingBoundMs: number;
  /** False: a line that comes again is a further line, whatever its id. */
  readonly upserts?: boolean;
  readonly deletesLinesAfterPosting: boolean;
  /** Items whose number begins with this are refused. */
  readonly refusedPrefix: string;
  /** Longest time before an import begins. */
  readonly longestImportDelayMs: number;
  /** Time before every import begins; drawn when absent. */
  readonly importDelayMs?: number;
}

export class SupplyChainModel {
  readonly state = new SupplyChainState();
  /** Submissions by their ids. */
  readonly onTheWay: OnTheWay;
  /** How imports fare. */
  trouble: ImportTrouble = NO_IMPORT_TROUBLE;
  /** Whether posted journals lose their lines. */
  deletesLinesAfterPosting: boolean;
  /** Whether there are people who decide that lines be sent again. */
  isSentAgain = false;
  /** Called when a process sends a package. */
  onSend: (submissionId: string, process: Process) => void = () => undefined;
  /** Called when a package is taken. */
  onTake: (message: ErpMessage, token: AccessToken) => void = () => undefined;
  onTrouble: (
    what:
      | 'importedTwice'
      | 'failed'
      | 'canceled'
      | 'partial'
      | 'expired'
      | 'beyondToken'
      | 'metAgain'
      | 'linesDeleted',
  ) => void = () => undefined;
  readonly #engine: Engine;
  readonly #prng: Prng;
  readonly #options: SupplyChainOptions;
  readonly #tokens: Tokens;
  /** The message that carried a line last. */
  readonly #carriedBy = new Map<string, string>();

  constructor(engine: Engine, prng: Prng, options: SupplyChainOptions) {
    this.#engine = engine;
    this.#prng = prng;
    this.#options = options;
    this.onTheWay = new OnTheWay(engine);
    this.#tokens = new Tokens(engine, 'scm', options.tokenLifetimeMs);
    this.state.upserts = options.upserts ?? true;
    this.deletesLinesAfterPosting = options.deletesLinesAfterPosting;
  }

  /** The port of one process. */
  port(process: Process): SupplyChain {
    const read = <T>(label: string, token: AccessToken, effect: () => T): Promise<T> =>
      this.#engine.call(process, {
        port: 'scm',
        label: `scm ${label}`,
        writes: false,
        effect: () => {
          if (!this.#tokens.isGood(token)) throw madeUpFailure('scm', '401');
          return effect();
        },
        failed: () => {
          throw madeUpFailure('scm', `${label} failed`);
        },
      });
    return {
      address: this.#options.address,
      token: () => this.#tokens.take(process, 'scm'),
      send: (token, company, submissionId, zip) => {
        this.onSend(submissionId, process);
        const sent = this.onTheWay.begin([submissionId], this.#tokens.expiryOf(token));
        return this.#engine.call<SendAnswer>(process, {
          port: 'scm',
          label: `scm send ${submissionId}`,
          writes: true,
          effect: () => {
            sent.isOver = true;
            return this.#take(token, company, submissionId, zip);
          },
          failed: (effectPossible) => {
            sent.isOver ||= !effectPossible;
            return this.#failed(effectPossible);
          },
          landLate: (late) =>
            this.#landLate(sent, token, late, () => this.#enqueue(token, company, submissionId, zip)),
        });
      },
      importStatus: (token, messageId) =>
        read(`status of ${messageId}`, token, () => this.#statusOf(messageId)),
      // Transport `recurring`: SCM keeps no record under our id.
      findImport: (token, submissionId) => read(`import of ${submissionId}`, token, () => undefined),
      openJournals: (token, _company, journals) =>
        read(`open journals ${journals.length}`, token, () => journals),
      linesOfJournal: (token, company, { journalKey }) =>
        read(`lines of ${journalKey}`, token, () => {
          const journal = this.state.journal(company, journalKey);
          return journal === undefined ? [] : this.state.linesIn(journal).map(readBack);
        }),
      linesById: (token, company, ids) =>
        read(`lines by id ${ids.length}`, token, () =>
          ids.flatMap((id) => {
            const line = this.state.lines.get(id);
            const isThere = line && !line.deleted && line.company.toUpperCase() === company.toUpperCase();
            return isThere ? [readBack(line)] : [];
          }),
        ),
      journals: (token, company, numbers) =>
        read(`journals ${numbers.length}`, token, () =>
          numbers.flatMap((number) => {
            const journal = this.state.journal(company, number);
            if (journal === undefined) return [];
            const lines = this.state.linesIn(journal).length;
            return [{ journalNumber: number, isPosted: journal.posted, lines }];
          }),
        ),
    };
  }

  /** The posting job runs. */
  runPostingJob(): void {
    for (const journal of this.state.journals.values())
      if (!journal.posted) journal.stuck = this.#prng.chance(this.trouble.stuckJournal);
    const posted = this.state.post(this.deletesLinesAfterPosting);
    if (posted > 0 && this.deletesLinesAfterPosting) this.onTrouble('linesDeleted');
  }

  #failed(effectPossible: boolean): SendAnswer {
    const roll = this.#prng.fraction();
    if (!effectPossible && roll < 0.4) return { kind: 'noEffect', message: '429', retryAfterMs: 2_000 };
    if (!effectPossible && roll < 0.6) return { kind: 'refused', statusCode: 403, message: 'not allowed' };
    return { kind: 'unknown', message: this.#prng.pick(['time-out', '502', 'reset']) };
  }

  /**
   * A package that travels long is judged by its token when it arrives, and may be worked on for a bounded time after that.
   * The worst is one that arrives just before its token expires.
   */
  #landLate(sent: CallOnItsWay, token: AccessToken, late: number, take: () => void) {
    const { processingBoundMs } = this.#options;
    const left = sent.expiry - this.#engine.now;
    const arrives =
      left > 0 && this.#prng.chance(0.6)
        ? this.#prng.between(Math.max(0, left - processingBoundMs), left - 1)
        : late;
    const worked = this.#prng.between(0, processingBoundMs);
    this.#engine.after(arrives, 'a late package arrives at SCM', () => {
      sent.isJudged = this.#tokens.isGood(token);
      sent.isOver = !sent.isJudged;
      if (sent.isOver) this.onTrouble('expired');
    });
    const act = (): void => {
      if (sent.isOver) return;
      sent.isOver = true;
      if (!this.#tokens.isGood(token)) this.onTrouble('beyondToken');
      take();
    };
    return { after: arrives + worked, act };
  }

  #take(token: AccessToken, company: string, submissionId: string, zip: Uint8Array): SendAnswer {
    if (this.#tokens.isGood(token)) return this.#enqueue(token, company, submissionId, zip);
    this.onTrouble('expired');
    return { kind: 'noEffect', message: '401 the token has expired' };
  }

  #enqueue(token: AccessToken, company: string, submissionId: string, zip: Uint8Array): SendAnswer {
    const { headers, lines } = readDataPackage(zip);
    const id = this.#prng.uuid();
    const message: ErpMessage = {
      id,
      company,
      submissionId,
      headers,
      lines,
      status: 'Enqueued',
      executionId: undefined,
      errors: [],
    };
    this.onTake(message, token);
    this.state.messages.set(id, message);
    this.#planImport(message);
    return { kind: 'accepted', messageId: id };
  }

  #planImport(message: ErpMessage): void {
    const prng = this.#prng;
    const drawn = prng.chance(0.6)
      ? prng.between(50, 3_000)
      : prng.between(1_000, this.#options.longestImportDelayMs);
    const wait = this.#options.importDelayMs ?? drawn;
    const fails = prng.chance(this.trouble.failsWhole);
    const again = prng.chance(this.trouble.importedTwice);
    const badLines = new Set(message.lines.filter(() => prng.chance(this.trouble.failsLine)));
    const between = prng.between(10, 4_000);
    const step = (milliseconds: number, what: string, act: () => void): void =>
      this.#engine.after(milliseconds, `import ${message.submissionId} ${what}`, () => {
        act();
        this.#engine.afterEffect(`import ${what}`);
      });
    step(wait, 'begins', () => {
      message.executionId = `E-${message.id}`;
      message.status = 'Executing';
      if (fails) {
        const canceled = prng.chance(this.trouble.canceled);
        this.onTrouble(canceled ? 'canceled' : 'failed');
        message.errors.push({
          message: canceled ? 'canceled by a user' : 'the staging area could not be read',
        });
        if (canceled) {
          message.headers.forEach((header) => this.state.importHeader(message.company, header));
          this.#importLines(message, message.lines.slice(1), badLines);
        }
        step(between, 'fails', () => {
          message.status = canceled ? 'Canceled' : 'Failed';
          // Not what has brought lines in: where posted lines are deleted, that would count them twice, by SCM's own doing.
          if (canceled || !prng.chance(this.trouble.runsAgainAfterFailure)) return;
          // Somebody at SCM puts it right and lets it run once more, when it has long been called failed.
          step(prng.between(60_000, LATEST_RERUN_MS), 'is run again by hand', () => {
            // The same where people have sent its lines again.
            if (this.isSentAgain && this.deletesLinesAfterPosting) return;
            message.headers.forEach((header) => this.state.importHeader(message.company, header));
            this.#importLines(message, message.lines, badLines, true);
          });
        });
        return;
      }
      const middle = Math.ceil(message.lines.length / 2);
      message.headers.forEach((header) => this.state.importHeader(message.company, header));
      this.#importLines(message, message.lines.slice(0, middle), badLines);
      step(between, 'goes on', () => {
        this.#importLines(message, message.lines.slice(middle), badLines);
        if (again) {
          // SCM queues it again by itself, before it calls it ended.
          this.onTrouble('importedTwice');
          message.errors.length = 0;
          step(between, 'runs again', () => {
            this.#importLines(message, message.lines, badLines);
            step(between, 'ends', () => this.#end(message));
          });
        } else step(between, 'ends', () => this.#end(message));
      });
    });
  }

  #importLines(
    message: ErpMessage,
    lines: ErpMessage['lines'],
    badLines: ReadonlySet<unknown>,
    byHand = false,
  ): void {
    for (const row of lines) {
      const id = (row['INVENTORYSERVICETRANSACTIONID'] ?? '').toLowerCase();
      if (this.#carriedBy.get(id) !== undefined && this.#carriedBy.get(id) !== message.id)
        this.onTrouble('metAgain');
      this.#carriedBy.set(id, message.id);
      const isBad = badLines.has(row) || (row['ITEMNUMBER'] ?? '').startsWith(this.#options.refusedPrefix);
      const error = isBad
        ? `Item ${row['ITEMNUMBER'] ?? ''} is stopped.`
        : this.state.importLine(message.company, row, byHand);
      if (error === undefined) continue;
      message.errors.push({ aggregatedLineId: id, message: error });
    }
  }

  #end(message: ErpMessage): void {
    message.status = message.errors.length === 0 ? 'Succeeded' : 'PartiallySucceeded';
    if (message.errors.length > 0) this.onTrouble('partial');
  }

  #statusOf(messageId: string): ImportStatus {
    const message = this.state.messages.get(messageId);
    if (message === undefined) throw madeUpFailure('scm', `no message ${messageId}`);
    const { status, executionId } = message;
    const execution = executionId === undefined ? {} : { executionId };
    if (this.#prng.chance(this.trouble.statusUnknown)) return { kind: 'pending', messageStatus: 'Unknown' };
    if (status === 'Enqueued' || status === 'Executing')
      return { kind: 'pending', messageStatus: status, ...execution };
    return {
      kind: 'final',
      messageStatus: status === 'Succeeded' ? 'Processed' : 'ProcessedWithErrors',
      ...execution,
      succeeded: status === 'Succeeded',
      errors: [...message.errors],
    };
  }
}
