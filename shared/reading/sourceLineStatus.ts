/** The article's "Source line status" of the lines of a batch. */
import type { BatchState } from '../log/rowKeys.ts';

export type SourceLineStatus = 'Created' | 'IVPosted' | 'Aggregated';

/** A batch whose synchronization is under way still shows as *Created*. */
export function sourceLineStatus(state: BatchState): SourceLineStatus {
  switch (state) {
    case 'created':
    case 'syncing':
      return 'Created';
    case 'posted':
      return 'IVPosted';
    case 'aggregated':
      return 'Aggregated';
  }
}
