/** Planted bugs that each take one rule of the design away, in the product's own source, as it is loaded. */
import { inSource, type PlantedBug } from './plantedBug.ts';

export const RULE_BUGS: readonly PlantedBug[] = [
  inSource(
    'two spellings of a legal entity are two logs',
    'shared/adjustments/keys.ts',
    "const folded = text.normalize('NFC').toUpperCase().normalize('NFC');",
    "const folded = text.normalize('NFC');",
  ),
  inSource(
    'a request is answered before its batch is written',
    'shared/log/logWriter.ts',
    'if (composed.fresh.length > 0) await this.#write(',
    'if (composed.fresh.length > 0) void this.#write(',
  ),
  inSource(
    'ids that a checkpoint covers are not asked for',
    'shared/log/idIndex.ts',
    'this.#checkpoints.some((checkpoint) => checkpoint.mayHave(high, low))',
    'this.#checkpoints.some(() => false)',
  ),
  {
    ...inSource(
      'a rewind does not hold what goes out',
      'shared/log/headRow.ts',
      'return head.epoch !== head.releasedEpoch;',
      'return head.epoch !== head.releasedEpoch && false;',
    ),
    needsRewind: true,
  },
  inSource(
    'a batch keeps the state row that it leaves',
    'shared/log/stateRows.ts',
    "return [{ kind: 'delete', rowKey: seqKey(from.state, from.seq) }, stateInsert(to)];",
    'return [stateInsert(to)] as any;',
  ),
  inSource(
    'a call to Inventory Visibility goes out though another instance has recorded something else',
    'shared/cacheSync/driveSync.ts',
    'withResults(current.state, results, now + WORKING_MS),\n    );\n    if (recorded === undefined) return false;',
    'withResults(current.state, results, now + WORKING_MS),\n    ) ?? current;',
  ),
  inSource(
    'refused lines are not noted when their batch moves on',
    'shared/cacheSync/driveSync.ts',
    'if (excluded.length > 0)',
    'if (excluded.length > 1e9)',
  ),
  inSource(
    'a run that a line does not fit into is not computed',
    'shared/aggregation/fold.ts',
    'const reason = overflowReason(folded);',
    'const reason = overflowReason(folded);\n      throw new Error(reason);',
  ),
  inSource(
    'a package and its outcome are written one after the other',
    'shared/posting/storePackage.ts',
    'const [packageEtag, outcomeEtag] = await tables.transact(ADJUSTMENT_LOG, partitionKey, [\n      packageUpdate(stored, state),\n      outcomeOperation,\n      ...others,\n    ]);',
    'const [packageEtag] = await tables.transact(ADJUSTMENT_LOG, partitionKey, [packageUpdate(stored, state)]);\n' +
      '    const [outcomeEtag] = await tables.transact(ADJUSTMENT_LOG, partitionKey, [outcomeOperation, ...others]);',
  ),
  inSource(
    'nobody reminds of a message that was lost',
    'shared/packaging/enqueuePackages.ts',
    "if (state.status !== 'Queued') return false;",
    'return false;',
  ),
];
