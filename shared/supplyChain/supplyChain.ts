/** The port to Supply Chain Management, as posting and tracking need it. */
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';

/** One line of a journal as SCM gets it. */
export interface JournalLine {
  /** GUID of the aggregated line; the entity's key. Lower case, with hyphens. */
  readonly aggregatedLineId: string;
  /** From 1, within the journal. */
  readonly lineNumber: number;
  readonly productId: string;
  /** Canonical decimal, the mapping's direction applied. */
  readonly quantity: string;
  /** Canonical decimal; absent: SCM takes its own default. */
  readonly costPrice?: string;
  /** yyyy-MM-dd; absent: SCM takes its own default. */
  readonly transDate?: string;
  /** Column of the entity → value, e.g. `INVENTORYSITEID` → `1`. */
  readonly dimensionColumns: Readonly<Record<string, string>>;
  readonly offsetDataSource: string;
  readonly offsetPhysicalMeasure: string;
}

export interface ScmJournal {
  /** Our key for it, at most 20 characters: goes out as journal number, and in the description. */
  readonly journalKey: string;
  /** SCM's own number for it, where its header is there before its lines. */
  readonly journalNumber?: string;
  readonly journalNameId?: string;
  /** At most 60 characters; begins with the journal key. */
  readonly description: string;
  readonly expectedStatus: 'Created' | 'Posted';
  readonly lines: readonly JournalLine[];
}

/** A journal, once its header was asked for. */
export interface OpenedJournal extends ScmJournal {
  /** SCM's own words, where it will never make the header as it is: its lines are not sent. */
  readonly refusal?: string;
}

/** What one data package holds. */
export interface DataPackageContent {
  readonly company: string;
  /** Our id of the submission: external identifier of the message, and name of the package. */
  readonly submissionId: string;
  readonly journals: readonly ScmJournal[];
}

/**
 * What came of sending a package: `accepted` with SCM's message id (transport `package`: the execution id); `refused` for
 * good (wrong set-up: 400, 403, 404); `noEffect` (connection refused, 401, 429); `unknown` (time-out, reset, 5xx).
 */
export type SendAnswer =
  | { readonly kind: 'accepted'; readonly messageId: string }
  | { readonly kind: 'refused'; readonly statusCode: number; readonly message: string }
  | {
      readonly kind: 'noEffect';
      readonly message: string;
      readonly retryAfterMs?: number;
      /** Another import has its turn: nothing is wrong, and the wait is short. */
      readonly isBusy?: true;
    }
  | { readonly kind: 'unknown'; readonly message: string; readonly retryAfterMs?: number };

/** An error of an import, in SCM's own words. */
export interface ImportError {
  /** Where SCM names a line by its key. Lower case. */
  readonly aggregatedLineId?: string;
  /** What SCM calls the record, where it names no line: a key or a number within the file. */
  readonly record?: string;
  /** At most 500 characters. */
  readonly message: string;
}

/** How far SCM is with a message. */
export type ImportStatus =
  | { readonly kind: 'pending'; readonly messageStatus: string; readonly executionId?: string }
  | {
      readonly kind: 'final';
      readonly messageStatus: string;
      readonly executionId?: string;
      readonly succeeded: boolean;
      readonly errors: readonly ImportError[];
      /** Lines that the import created or updated, where it did not succeed and SCM counts them. */
      readonly importedLines?: number;
    };

/** A line as read back from SCM. */
export interface ReadBackLine {
  /** Lower case. */
  readonly aggregatedLineId: string;
  readonly journalNumber: string;
  readonly lineNumber: number;
  readonly journalNameId?: string;
  /** Canonical decimal. */
  readonly quantity: string;
  /** yyyy-MM-dd */
  readonly transDate?: string;
  /** Canonical decimal; with ` per ` and a number where it is the cost of so many units. */
  readonly costPrice?: string;
  readonly voucher?: string;
  readonly inventTransId?: string;
}

export interface ReadBackJournal {
  readonly journalNumber: string;
  readonly isPosted: boolean;
  /** As SCM counts them; undefined where it does not say. */
  readonly lines: number | undefined;
}

/** A journal that was sent: where its lines can be found, and what they are called there. */
export interface JournalReference {
  readonly journalKey: string;
  /** As it was sent. */
  readonly description: string;
  readonly lines: readonly Pick<JournalLine, 'aggregatedLineId' | 'lineNumber' | 'productId'>[];
}

export interface SupplyChain {
  /** A token for one attempt; never renewed within it. @throws DependencyError when none can be had. */
  token(): Promise<AccessToken>;
  /** Where packages go: recorded with each submission, compared before any re-send. */
  readonly address: string;
  /**
   * Before anything is sent: makes sure that SCM answers and, where the profile wants headers before lines, that the
   * headers are there. Gives the journals with SCM's numbers, or with why SCM does not take them. Nothing that counts has
   * happened when it fails.
   * @throws DependencyError
   */
  openJournals(
    token: AccessToken,
    company: string,
    journals: readonly ScmJournal[],
  ): Promise<readonly OpenedJournal[]>;
  /** Sends a data package with exactly this token. Never throws. */
  send(token: AccessToken, company: string, submissionId: string, zip: Uint8Array): Promise<SendAnswer>;
  /** @throws DependencyError */
  importStatus(token: AccessToken, messageId: string): Promise<ImportStatus>;
  /**
   * What became of a submission that SCM never acknowledged; undefined where it has no record under our id, or keeps
   * none (transport `recurring`). That proves nothing: it may still arrive. @throws DependencyError
   */
  findImport(token: AccessToken, submissionId: string): Promise<ImportStatus | undefined>;
  /** Lines of one journal, whatever their ids. @throws DependencyError */
  linesOfJournal(token: AccessToken, company: string, journal: JournalReference): Promise<ReadBackLine[]>;
  /**
   * Lines by id, wherever they are now; those that do not exist are left out, and under a profile without ids all of
   * them. @throws DependencyError
   */
  linesById(token: AccessToken, company: string, ids: readonly string[]): Promise<ReadBackLine[]>;
  /** Headers by SCM's number or our key, under the name they were asked by; those that do not exist are left out. @throws DependencyError */
  journals(
    token: AccessToken,
    company: string,
    journalNumbers: readonly string[],
  ): Promise<ReadBackJournal[]>;
}
