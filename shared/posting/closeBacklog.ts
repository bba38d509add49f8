/** Closes those lines of a package that has never been sent which belong to a closed backlog. */
import { isClosedBacklog } from '../settings/closedBacklog.ts';
import type { ClosedBacklog } from '../settings/environmentSettings.ts';
import { dayAt } from '../settings/zonedTime.ts';
import type { LoadedPackage } from './loadPackage.ts';

/** Notes them in the loaded outcome; to be stored with whatever happens to the package next. */
export function closeBacklog(
  { run, journals, outcome: { outcome } }: LoadedPackage,
  closed: readonly ClosedBacklog[],
  now: number,
): void {
  if (closed.length === 0) return;
  const acceptedAt = new Map(run.state.batches.map(([seq, , createdAt]) => [seq, createdAt]));
  const lines = journals.flatMap((journal) => journal.lines);
  for (const position of outcome.positionsWith('Created')) {
    const line = lines[position];
    if (line === undefined) continue;
    // A line is closed only if nothing in it was accepted later.
    const newest = Math.max(...line.sources.map(([seq]) => acceptedAt.get(seq) ?? Infinity));
    const date = line.transDate ?? (Number.isFinite(newest) ? dayAt(newest, 'UTC') : '');
    if (!isClosedBacklog(closed, newest, date)) continue;
    outcome.note(position, 'DoNotSync', now);
    outcome.decide(position, {
      kind: 'close',
      at: now,
      by: 'settings',
      reason: 'closed with the backlog when the sync job was switched on again',
    });
  }
}
