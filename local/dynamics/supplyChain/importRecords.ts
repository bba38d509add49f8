/**
 * What Supply Chain Management keeps about imports: messages of the recurring data job, packages handed over by
 * ImportFromPackage, their executions, data projects and uploaded files. All times are milliseconds since the epoch.
 */

/** Names of recurring-integrations.md, "Get message status". */
export type MessageStatus =
  | 'Enqueued'
  | 'Dequeued'
  | 'Acked'
  | 'Preprocessing'
  | 'Processing'
  | 'Processed'
  | 'PreProcessingError'
  | 'ProcessedWithErrors'
  | 'PostProcessingFailed';

/** Names of data-management-api.md, "GetExecutionSummaryStatus". */
export const EXECUTION_STATUSES = [
  'Unknown',
  'NotRun',
  'Executing',
  'Succeeded',
  'PartiallySucceeded',
  'Failed',
  'Canceled',
] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

/** One row of GetExecutionErrors. */
export interface ExecutionError {
  readonly RecordId: string;
  readonly Field: string;
  readonly ErrorMessage: string;
}

/** A row that did not get through, by the value of its key column. */
export interface FailedRow {
  readonly key: string;
  readonly message: string;
}

/** What became of one data file. */
export interface EntityExecution {
  readonly entityName: string;
  readonly sourceFormat: string;
  readonly stagingRecords: number;
  readonly created: number;
  readonly updated: number;
  /** From the file to staging. */
  readonly stagingErrors: readonly FailedRow[];
  /** From staging to the target. */
  readonly targetErrors: readonly FailedRow[];
}

export interface Execution {
  /** The "Job ID" of the user interface. */
  readonly executionId: string;
  readonly company: string;
  readonly status: ExecutionStatus;
  readonly startedAt: number;
  /** A slow batch: the work is done then. */
  readonly workAt?: number;
  readonly completedAt?: number;
  readonly definitionGroup: string;
  readonly entities: readonly EntityExecution[];
  readonly errors: readonly ExecutionError[];
  /** The message's package could not be opened: for the services there is no execution. */
  readonly preprocessingFailed?: true;
  /** The files with the keys of target errors that were asked for, by entity name. */
  readonly errorKeyFiles?: readonly string[];
}

export interface Message {
  readonly messageId: string;
  readonly activityId: string;
  readonly company: string;
  readonly externalIdentifier?: string;
  readonly status: MessageStatus;
  readonly enqueuedAt: number;
  /** The package, base64; gone once it was imported. */
  readonly zip?: string;
  /** The last execution; none while it waits. */
  readonly executionId?: string;
}

/** A package handed over by ImportFromPackage or ImportFromPackageAsync. */
export interface PackageImport {
  readonly executionId: string;
  readonly company: string;
  readonly definitionGroup: string;
  readonly acceptedAt: number;
  /** Whether staging goes on to the target. */
  readonly execute: boolean;
  /** The package, base64; gone once it was imported. */
  readonly zip?: string;
}

/** A file uploaded to the environment's blob storage, base64. */
export interface StoredBlob {
  readonly name: string;
  readonly content: string;
  readonly uploadedAt: number;
}
