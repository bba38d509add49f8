/**
 * What people say of the other side has to stay true: a verdict, a decision to close or to send again may be taken only
 * when nothing that carried the line can take effect any more, and an answer belongs to the submission that got it.
 */
import { recordIdOf } from './checker/arithmetic.ts';
import { LOG_TABLE, type Package } from './checker/logView.ts';
import { documentOf, linesOfBatch, outcomeLines, parkedLinesOf } from './checker/rawRows.ts';
import { Violation } from './engine/violation.ts';
import type { Change, MemoryTables } from './memoryTableStore.ts';
import type { SimulatedEnvironment } from './world.ts';

type Submissions = Package['submissions'];

/** Checks one transaction on the log of an environment. @throws Violation */
export function checkDecisions(
  tables: MemoryTables,
  { id, inventoryVisibility, supplyChain }: SimulatedEnvironment,
  partitionKey: string,
  changes: readonly Change[],
): void {
  const [, organizationKey = ''] = partitionKey.split('~');
  for (const { operation, before, after } of changes) {
    if (before === undefined || after === undefined) continue;
    const where = `${partitionKey} ${operation.rowKey}`;
    if (operation.rowKey.startsWith('package~')) {
      const old = (documentOf(before) as unknown as Package).submissions;
      const now = (documentOf(after) as unknown as Package).submissions;
      for (const { id: submission } of old.slice(now.length))
        if (mayHaveArrived(supplyChain, submission))
          throw new Violation(`${where}: submission ${submission} was taken back, and it may have arrived`);
      for (const [index, { id: submission, messageId }] of now.entries()) {
        if (messageId === undefined || old[index]?.messageId === messageId) continue;
        if (supplyChain.state.messages.get(messageId)?.submissionId !== submission)
          throw new Violation(`${where}: submission ${submission} got the answer to another`);
      }
    }
    if (operation.rowKey.startsWith('outcome~')) {
      const carrying = submissionsOf(changes, operation.rowKey);
      const old = outcomeLines(before);
      outcomeLines(after).forEach(({ decisions = [] }, position) => {
        const made = decisions.slice(old[position]?.decisions?.length ?? 0);
        if (!made.some(({ kind }) => kind !== 'reverse')) return;
        for (const { id: submission, lines } of carrying)
          if ((lines === 'all' || lines.includes(position)) && supplyChain.onTheWay.mayTakeEffect(submission))
            throw new Violation(
              `${where}: line ${position} is decided about (${made.map(({ kind }) => kind).join()}), and submission ` +
                `${submission} may still arrive`,
            );
      });
    }
    if (operation.rowKey.startsWith('parked~')) {
      const note = parkedLinesOf(after).redrives.at(-1);
      if (note?.verdict === undefined) continue;
      for (const [seq, position] of note.lines) {
        const batch = tables.get(LOG_TABLE, partitionKey, `batch~${String(seq).padStart(12, '0')}`);
        const line = batch && linesOfBatch(batch)[position];
        if (line && inventoryVisibility.onTheWay.mayTakeEffect(recordIdOf(id, organizationKey, line.id)))
          throw new Violation(
            `${where}: line ${line.id} is judged ${note.verdict}, and a call with it may still arrive`,
          );
      }
    }
  }
}

function mayHaveArrived(
  { onTheWay, state }: SimulatedEnvironment['supplyChain'],
  submission: string,
): boolean {
  return (
    onTheWay.mayTakeEffect(submission) ||
    [...state.messages.values()].some(({ submissionId }) => submissionId === submission)
  );
}

/** The submissions of the package of an outcome, as the transaction leaves them. */
function submissionsOf(changes: readonly Change[], outcomeKey: string): Submissions {
  const rowKey = outcomeKey.replace('outcome~', 'package~');
  const row = changes.find(({ operation }) => operation.rowKey === rowKey)?.after;
  return row ? (documentOf(row) as unknown as Package).submissions : [];
}
