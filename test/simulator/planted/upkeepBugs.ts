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
  {
    // A run with a package that is not settled has its marker at any moment, so either of the two looks is enough.
    name: 'retention removes a run though a package of it is not settled',
    source: [
      {
        file: 'shared/retention/finishedRun.ts',
        from: 'if (markers.length > 0) return undefined;',
        to: '',
      },
      {
        file: 'shared/retention/finishedRun.ts',
        from: "if (stored.state.status !== 'Settled') return undefined;",
        to: '',
      },
    ],
  },
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
