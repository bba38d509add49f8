/** Scripted ends of the ports: they record every call, and answer as a test tells them to. */
import type {
  AccessToken,
  EventResult,
  InventoryVisibility,
  OnHandAnswer,
  OnHandEvent,
} from '../../shared/inventoryVisibility/inventoryVisibility.ts';
import type { JournalPackageMessage, JournalPackageQueue } from '../../shared/queue/journalPackageQueue.ts';
import { DependencyError } from '../../shared/runtime/dependencyError.ts';
import type { Clock, Entropy, LogFields, Logger, Runtime } from '../../shared/runtime/ports.ts';
import type {
  ImportError,
  ImportStatus,
  ReadBackJournal,
  ReadBackLine,
  SendAnswer,
  SupplyChain,
  JournalReference,
  ScmJournal,
} from '../../shared/supplyChain/supplyChain.ts';
import { type SentLine, linesOfPackage } from './sentPackage.ts';

/** A clock that only goes on when somebody sleeps or a test says so. */
export class FakeClock implements Clock {
  time: number;

  constructor(start = Date.UTC(2026, 0, 5, 6)) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.time += milliseconds;
    await Promise.resolve();
  }
}

/** Numbered ids instead of random ones. */
export class NumberedEntropy implements Entropy {
  #count: number;

  /** @param start so that two instances give different ids */
  constructor(start = 0) {
    this.#count = start;
  }

  uuid(): string {
    this.#count += 1;
    const text = this.#count.toString(16).padStart(8, '0');
    return `${text}-0000-4000-8000-${text.padStart(12, '0')}`;
  }

  bytes(length: number): Uint8Array {
    return new Uint8Array(length).fill((this.#count += 1) % 256);
  }

  fraction(): number {
    return 0.5;
  }
}

export interface LoggedEntry {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields?: LogFields;
}

/** Keeps what was logged. */
export class KeptLog implements Logger {
  readonly entries: LoggedEntry[] = [];

  debug(message: string, fields?: LogFields): void {
    this.#keep('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#keep('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#keep('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#keep('error', message, fields);
  }

  #keep(level: keyof Logger, message: string, fields?: LogFields): void {
    this.entries.push({ level, message, ...(fields === undefined ? {} : { fields }) });
  }
}

export interface ScriptedRuntime extends Runtime {
  readonly clock: FakeClock;
  readonly logger: KeptLog;
}

export function scriptedRuntime(clock: FakeClock, entropyStart = 0): ScriptedRuntime {
  return { clock, entropy: new NumberedEntropy(entropyStart), logger: new KeptLog() };
}

/** Gives numbered tokens that live an hour. */
class ScriptedTokens {
  /** Set: no token is to be had. */
  refusal: DependencyError | undefined;
  lifetimeMs = 3_600_000;
  given = 0;
  readonly #clock: Clock;
  readonly #name: string;

  constructor(clock: Clock, name: string) {
    this.#clock = clock;
    this.#name = name;
  }

  next(): AccessToken {
    if (this.refusal) throw this.refusal;
    this.given += 1;
    return { value: `${this.#name}-${this.given}`, expiresAt: this.#clock.now() + this.lifetimeMs };
  }
}

export interface OnHandCall {
  readonly token: string;
  readonly at: number;
  readonly events: readonly OnHandEvent[];
}

export const APPLIED: EventResult = { applied: true, statusCode: 200, message: '' };
export const REFUSED: EventResult = { applied: false, statusCode: 400, message: 'unknown product' };

/** Results for events; all applied unless `resultOf` says otherwise. */
export function answered(
  events: readonly OnHandEvent[],
  resultOf: (event: OnHandEvent) => EventResult | undefined = () => APPLIED,
): OnHandAnswer {
  const results = new Map<string, EventResult>();
  for (const event of events) {
    const result = resultOf(event);
    if (result !== undefined) results.set(event.id, result);
  }
  return { kind: 'answered', results };
}

export class ScriptedInventoryVisibility implements InventoryVisibility {
  readonly calls: OnHandCall[] = [];
  readonly tokens: ScriptedTokens;
  /** What the next calls are answered, one each; afterwards everything is applied. */
  readonly script: ((call: OnHandCall) => OnHandAnswer | Promise<OnHandAnswer>)[] = [];
  /** What a call is answered that the script says nothing of. */
  otherwise: (call: OnHandCall) => OnHandAnswer | Promise<OnHandAnswer> = ({ events }) => answered(events);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.tokens = new ScriptedTokens(clock, 'iv');
  }

  token(): Promise<AccessToken> {
    return new Promise((resolve) => {
      resolve(this.tokens.next());
    });
  }

  async postOnHand(token: AccessToken, events: readonly OnHandEvent[]): Promise<OnHandAnswer> {
    const call = { token: token.value, at: this.#clock.now(), events };
    this.calls.push(call);
    return (this.script.shift() ?? this.otherwise)(call);
  }
}

export interface QueuedMessage {
  readonly message: JournalPackageMessage;
  readonly notBefore: number | undefined;
}

export class ScriptedQueue implements JournalPackageQueue {
  readonly sent: QueuedMessage[] = [];
  isAway = false;

  send(messages: readonly JournalPackageMessage[], notBefore?: number): Promise<void> {
    if (this.isAway) return Promise.reject(new DependencyError('Service Bus', 'cannot be reached'));
    for (const message of messages) this.sent.push({ message, notBefore });
    return Promise.resolve();
  }
}

export interface SentPackage {
  readonly token: string;
  readonly company: string;
  readonly submissionId: string;
  readonly lines: readonly SentLine[];
}

/** An ERP that does what a test tells it to: it takes packages, and holds the lines that the test puts into it. */
export class ScriptedSupplyChain implements SupplyChain {
  address = 'https://scm.example.com/activity';
  readonly tokens: ScriptedTokens;
  readonly sent: SentPackage[] = [];
  /** What the next packages are answered, one each; afterwards they are accepted. */
  readonly script: ((sent: SentPackage) => SendAnswer | Promise<SendAnswer>)[] = [];
  /** Of each message, how far its import is; pending unless set. */
  readonly imports = new Map<string, ImportStatus>();
  /** Lines by id. */
  readonly lines = new Map<string, ReadBackLine>();
  readonly postedJournals = new Set<string>();
  /** Journals that SCM does not have; of all others it has a header. */
  readonly missingJournals = new Set<string>();
  isAway = false;
  readonly asked: string[] = [];

  constructor(clock: Clock) {
    this.tokens = new ScriptedTokens(clock, 'scm');
  }

  token(): Promise<AccessToken> {
    return new Promise((resolve) => {
      resolve(this.tokens.next());
    });
  }

  openJournals(
    _: AccessToken,
    _company: string,
    journals: readonly ScmJournal[],
  ): Promise<readonly ScmJournal[]> {
    return this.#asked('openJournals', journals);
  }

  async send(
    token: AccessToken,
    company: string,
    submissionId: string,
    zip: Uint8Array,
  ): Promise<SendAnswer> {
    const sent = { token: token.value, company, submissionId, lines: linesOfPackage(zip) };
    this.sent.push(sent);
    const answer = this.script.shift();
    return answer ? answer(sent) : { kind: 'accepted', messageId: `message-${this.sent.length}` };
  }

  importStatus(_: AccessToken, messageId: string): Promise<ImportStatus> {
    return this.#asked(
      'importStatus',
      this.imports.get(messageId) ?? { kind: 'pending', messageStatus: 'Enqueued' },
    );
  }

  findImport(_: AccessToken, _submissionId: string): Promise<ImportStatus | undefined> {
    return this.#asked('findImport', undefined);
  }

  linesOfJournal(
    _: AccessToken,
    _company: string,
    { journalKey }: JournalReference,
  ): Promise<ReadBackLine[]> {
    return this.#asked(
      'linesOfJournal',
      [...this.lines.values()].filter((line) => line.journalNumber === journalKey),
    );
  }

  linesById(_: AccessToken, _company: string, ids: readonly string[]): Promise<ReadBackLine[]> {
    return this.#asked(
      'linesById',
      ids.flatMap((id) => this.lines.get(id) ?? []),
    );
  }

  journals(_: AccessToken, _company: string, numbers: readonly string[]): Promise<ReadBackJournal[]> {
    return this.#asked(
      'journals',
      numbers
        .filter((journalNumber) => !this.missingJournals.has(journalNumber))
        .map((journalNumber) => ({
          journalNumber,
          isPosted: this.postedJournals.has(journalNumber),
          lines: undefined,
        })),
    );
  }

  /** Imports lines of a package, as SCM's job would. */
  import(sent: SentPackage | undefined, which: (line: SentLine) => boolean = () => true): void {
    for (const line of sent?.lines.filter(which) ?? [])
      this.lines.set(line.aggregatedLineId, {
        aggregatedLineId: line.aggregatedLineId,
        journalNumber: line.journalNumber,
        lineNumber: line.lineNumber,
        quantity: line.quantity,
        ...(line.journalNameId === undefined ? {} : { journalNameId: line.journalNameId }),
      });
  }

  /** Posts all journals: their lines get a voucher and a lot. */
  post(): void {
    let voucher = 0;
    for (const [id, line] of this.lines) {
      voucher += 1;
      this.postedJournals.add(line.journalNumber);
      this.lines.set(id, { ...line, voucher: `V-${voucher}`, inventTransId: `LOT-${voucher}` });
    }
  }

  /** Ends the import of a message. @param importedLines how many SCM says it brought in */
  conclude(messageId: string, errors: readonly ImportError[] = [], importedLines?: number): void {
    const succeeded = errors.length === 0;
    this.imports.set(messageId, {
      kind: 'final',
      messageStatus: succeeded ? 'Processed' : 'ProcessedWithErrors',
      executionId: 'E-1',
      succeeded,
      errors,
      ...(importedLines === undefined ? {} : { importedLines }),
    });
  }

  #asked<Answer>(what: string, answer: Answer): Promise<Answer> {
    this.asked.push(what);
    return this.isAway
      ? Promise.reject(new DependencyError('Supply Chain Management', 'cannot be reached'))
      : Promise.resolve(answer);
  }
}
