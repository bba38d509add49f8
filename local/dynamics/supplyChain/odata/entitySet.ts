/** What an OData entity set is made of. */
import type { NumberText } from '../../exactJson.ts';
import type { Erp } from '../erp.ts';
import type { MasterData } from '../masterData.ts';

export type PropertyType = 'string' | 'decimal' | 'int' | 'dateTime' | { readonly enum: EnumName };
export type Row = Readonly<Record<string, string | NumberText>>;

/** Members of the enumerations; those of the expected status are an assumption. */
export const ENUMS = {
  NoYes: ['No', 'Yes'],
  InventoryServiceJournalExpectedStatus: ['None', 'Created', 'Posted'],
  DMFBatchJobStatus: ['NotRun', 'Waiting', 'Executing', 'Error', 'Finished', 'Canceled'],
} as const;
export type EnumName = keyof typeof ENUMS;

export const NO_YES: PropertyType = { enum: 'NoYes' };
export const EXPECTED_STATUS: PropertyType = { enum: 'InventoryServiceJournalExpectedStatus' };
/** Dates that are not set read as 1900-01-01. */
export const NO_DATE = '1900-01-01T00:00:00Z';

/** Upper-case values the reader may go by; undefined: all. */
export interface RowHint {
  readonly journalNumbers: ReadonlySet<string> | undefined;
  readonly transactionIds: ReadonlySet<string> | undefined;
  readonly jobIds: ReadonlySet<string> | undefined;
}

export interface EntitySet {
  readonly name: string;
  /** The entity type's name in `$metadata`. */
  readonly type: string;
  readonly key: readonly string[];
  /** Property with the journal's number, the line's id and the execution's id, where it has them: what hints are taken from. */
  readonly journalProperty?: string;
  readonly transactionProperty?: string;
  readonly jobProperty?: string;
  readonly properties: Readonly<Record<string, PropertyType>>;
  rows(erp: Erp, hint: RowHint, setUp: SetUpData): Iterable<Row>;
}

/** What is there because somebody set it up. */
export interface SetUpData {
  /** Legal entities. */
  readonly companies: readonly string[];
  readonly masterData: MasterData;
}
