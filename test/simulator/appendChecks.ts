/** What of a transaction on a log is held against who asked for it, and against who carries it out. */
import type { ClientRecord } from './checker/answers.ts';
import { recordIdOf } from './checker/arithmetic.ts';
import { isRedrive, linesOfBatch } from './checker/rawRows.ts';
import type { Process } from './engine/process.ts';
import { Violation } from './engine/violation.ts';
import type { Change } from './memoryTableStore.ts';
import { THIS_VERSION } from './models/nextVersion.ts';

/** Lines are synchronized at once where a client asked for it, and nowhere else. @throws Violation */
export function checkAppended(
  { askedAtOnce, askedLater }: Pick<ClientRecord, 'askedAtOnce' | 'askedLater'>,
  partitionKey: string,
  changes: readonly Change[],
): void {
  const [environmentKey = '', organizationKey = ''] = partitionKey.split('~');
  for (const { operation, after } of changes) {
    if (after === undefined || !operation.rowKey.startsWith('batch~') || isRedrive(after)) continue;
    const state = operation.rowKey.replace('batch~', 'syncing~');
    const isAtOnce = changes.some(({ operation: other }) => other.rowKey === state);
    const [asked, askedOtherwise] = isAtOnce ? [askedAtOnce, askedLater] : [askedLater, askedAtOnce];
    for (const { id } of linesOfBatch(after)) {
      const recordId = recordIdOf(environmentKey, organizationKey, id);
      if (askedOtherwise.has(recordId) && !asked.has(recordId))
        throw new Violation(
          `line ${id} is synchronized ${isAtOnce ? 'at once' : 'later'}, and nobody asked for that`,
        );
    }
  }
}

/** What a version of the code does not understand it leaves alone. @throws Violation */
export function checkVersions(
  writer: Process | undefined,
  partitionKey: string,
  changes: readonly Change[],
): void {
  if (writer === undefined || writer.isNewer) return;
  for (const { operation, before } of changes)
    if (Number(before?.properties['v'] ?? THIS_VERSION) > THIS_VERSION)
      throw new Violation(
        `${partitionKey} ${operation.rowKey}: ${writer.name} does not know what it changes`,
      );
}
