/** What reading a data file gives: rows for staging, or the reason that none of it can be staged. */

/** The file cannot be brought to staging. */
export class DataFileError extends Error {}

/** A row: staging column → text as in the file. */
export type StagingRow = ReadonlyMap<string, string>;
