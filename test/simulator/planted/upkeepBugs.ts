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
    'a line is driven again though somebody else has done so',
    'shared/redrive/driveAgain.ts',
    'if (gone !== undefined) driven.set(',
    'if (gone !== undefined && gone.note.operation === word.operation) driven.set(',
  ),
];
