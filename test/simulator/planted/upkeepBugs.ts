/** Planted bugs in what people and the timers beside the hops do: driving lines again, retention. */
import { inSource, type PlantedBug } from './plantedBug.ts';

export const UPKEEP_BUGS: readonly PlantedBug[] = [
  inSource(
    'retention removes the ids of a batch with it',
    'shared/retention/retireRun.ts',
    "[seqKey('batch', seq), seqKey('aggregated', seq)]",
    "[seqKey('batch', seq), seqKey('aggregated', seq), seqKey('ids', seq)]",
  ),
  inSource(
    'retention removes a batch though a line of it is parked',
    'shared/retention/retireRun.ts',
    'all.filter((seq) => !kept.has(seq))',
    'all.filter((seq) => !kept.has(-seq))',
  ),
  inSource(
    'retention removes a run though a package of it is not settled',
    'shared/retention/finishedRun.ts',
    "if (stored.state.status !== 'Settled') return undefined;",
    '',
  ),
  inSource(
    'retention removes a run though a line of it is in error',
    'shared/retention/finishedRun.ts',
    'if (created.length + ended.length < outcome.lineCount) return false;',
    '',
  ),
  inSource(
    'a line that is driven again is no longer excluded where it was parked',
    'shared/log/parkedEntries.ts',
    'properties: jsonProperties({ ...stored, redrives: [...redrives, note] }),',
    "properties: jsonProperties({\n        ...stored,\n        ...('excluded' in stored ? { excluded: stored.excluded.slice(1) } : {}),\n        redrives: [...redrives, note],\n      }),",
  ),
  inSource(
    'what a given-up attempt could not fold is driven again',
    'shared/redrive/findParked.ts',
    'if (of === undefined) return true;',
    'if (of === undefined || layer) return true;',
  ),
  inSource(
    'a line is driven again though somebody else has done so',
    'shared/redrive/driveAgain.ts',
    'if (gone !== undefined) driven.set(',
    'if (gone !== undefined && gone.note.operation === word.operation) driven.set(',
  ),
];
