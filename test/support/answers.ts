/** The answers of the API as far as tests look into them. */

export interface LineResult {
  readonly id: string;
  readonly processingStatus: 'success' | 'duplicate' | 'conflict' | 'invalid';
  readonly message: string;
  readonly statusCode: number;
  readonly lineRecordId: string;
  readonly status: string;
}

export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly instance: string;
  readonly error: { readonly code: string; readonly target?: string };
  readonly errors?: readonly {
    readonly code: string;
    readonly line: number;
    readonly field: string;
    readonly value?: string;
    readonly message: string;
  }[];
  /** Of a conflict: the result of every line. */
  readonly results?: readonly LineResult[];
}

export interface AggregatedLineSummary {
  readonly lineRecordId: string;
  readonly status: string;
  readonly journalId?: string;
  readonly journalLineId?: number;
  readonly messageId?: string;
  readonly error?: string;
  readonly journal: { readonly journalKey: string; readonly href: string };
}

export interface LinePage {
  readonly lineRecordId: string;
  readonly id: string;
  readonly status: string;
  readonly statusHistory: readonly { readonly status: string; readonly at: string }[];
  readonly parked?: { readonly reason: string; readonly message: string };
  readonly aggregatedLine?: AggregatedLineSummary;
  readonly links: { readonly self: string };
}

export interface AggregatedLinePage extends AggregatedLineSummary {
  readonly quantity: string;
  readonly sourceLines: readonly { readonly lineRecordId: string; readonly href: string }[];
}

export interface JournalPage {
  readonly journalKey: string;
  readonly lineCount: number;
  readonly package?: {
    readonly number: number;
    readonly status: string;
    readonly submissions: readonly { readonly messageId?: string }[];
    readonly lastError?: string;
  };
  readonly lines: readonly (AggregatedLineSummary & { readonly href: string })[];
}
