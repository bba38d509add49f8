/** What can go wrong with imports at SCM. */

/** Shares of imports, lines and journals. */
export interface ImportTrouble {
  readonly importedTwice: number;
  readonly failsWhole: number;
  /** Of those that fail as a whole: somebody cancels them half-way. */
  readonly canceled: number;
  readonly failsLine: number;
  readonly stuckJournal: number;
  readonly runsAgainAfterFailure: number;
  /** Asked about an import, SCM says for a while that it knows nothing of it. */
  readonly statusUnknown: number;
}

export const NO_IMPORT_TROUBLE: ImportTrouble = {
  importedTwice: 0,
  failsWhole: 0,
  canceled: 0,
  failsLine: 0,
  stuckJournal: 0,
  runsAgainAfterFailure: 0,
  statusUnknown: 0,
};
