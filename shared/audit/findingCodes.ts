/**
 * What an audit can find, each with what it means and what to do. `error`: rows contradict each other, which the hops
 * never make happen. `warning`: something waits for longer than it should, or for a human.
 */

export const FINDINGS = {
  LogNotListed: {
    severity: 'error',
    message: 'The legal entity has a log that the directory of logs did not list, so no timer visited it.',
  },
  LogHeld: {
    severity: 'warning',
    message: 'The log went back in time; nothing goes out until an operator releases it.',
  },
  ChainBroken: {
    severity: 'error',
    message: 'A batch is missing, or is not chained to the one before. Restore the table from a backup.',
  },
  BatchMissing: {
    severity: 'error',
    message: 'The lines of a batch are gone, and not by retention. Restore its rows from a backup.',
  },
  StateMissing: {
    severity: 'error',
    message: 'A batch has no state row, so no hop takes it. Restore the row from a backup.',
  },
  StateDoubled: {
    severity: 'error',
    message: 'A batch has two state rows and could be counted twice. Remove the earlier state.',
  },
  SyncMissing: {
    severity: 'error',
    message: 'A batch is being synchronized by a synchronization that is gone or does not list it.',
  },
  SyncStuck: {
    severity: 'warning',
    message: 'A cache synchronization does not come to its end. Does Inventory Visibility answer?',
  },
  CreatedForLong: {
    severity: 'warning',
    message: 'Batches wait for cache synchronization for longer than its frequency.',
  },
  PostedForLong: {
    severity: 'warning',
    message: 'Batches wait for packaging although the job was due. Does the timer run?',
  },
  RunMissing: {
    severity: 'error',
    message: 'A batch was aggregated by a run that is gone or does not list it.',
  },
  RunStuck: { severity: 'warning', message: 'A run is not committed. The log of the app says why.' },
  RunUnmarked: {
    severity: 'error',
    message: 'A run had something left to do and no marker by which the timers find it.',
  },
  PackagesMissing: {
    severity: 'error',
    message: 'A run does not have the journals, packages or outcomes that it committed. Restore its rows.',
  },
  PackageWaiting: {
    severity: 'warning',
    message: 'Packages wait to be sent. Does the queue answer, and does Supply Chain Management?',
  },
  SendingForLong: {
    severity: 'warning',
    message: 'It is not known whether a package arrived, for longer than is waited for. Does tracking run?',
  },
  ImportForLong: {
    severity: 'warning',
    message: 'A package was accepted by Supply Chain Management, and nothing is known of its lines.',
  },
  PackageUnknown: {
    severity: 'error',
    message: 'It cannot be told whether a package arrived. Look it up in Supply Chain Management.',
  },
  LinesInError: {
    severity: 'warning',
    message: 'Lines were refused by Supply Chain Management, or not posted. Their error says why.',
  },
  LinesParked: {
    severity: 'warning',
    message: 'Batches have lines that the cache refused, or that are unknown in it.',
  },
  RunKept: {
    severity: 'warning',
    message: 'Runs are older than the retention and not finished.',
  },
  RowUnreadable: {
    severity: 'error',
    message: 'A row is damaged, or of a version that this version of the app does not understand.',
  },
} as const satisfies Readonly<
  Record<string, { readonly severity: 'error' | 'warning'; readonly message: string }>
>;

export type FindingCode = keyof typeof FINDINGS;
