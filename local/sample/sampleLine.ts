/** One adjustment line of the sample day, as it is posted and as it is counted. */

/** The body of one line, in the names of the adjustment API. */
export interface PostedLine {
  readonly id: string;
  readonly organizationId: string;
  readonly productId: string;
  readonly quantityDataSource: string;
  readonly physicalMeasure: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly quantity: number | string;
  readonly externalReferenceCategory?: string;
  readonly externalReferenceId?: string;
  readonly fnoJournalNameId?: string;
  readonly costPrice?: string;
  readonly transDate?: string;
}

export interface SampleLine {
  readonly posted: PostedLine;
  /** Canonical decimal. */
  readonly quantity: string;
  /** Base dimension name → value, whatever the channel calls them. */
  readonly dimensions: Readonly<Record<string, string>>;
}
