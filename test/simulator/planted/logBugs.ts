/** Planted bugs in how the log is written and read, and in what leaves it for the cache. */
import { inSource, type PlantedBug } from './plantedBug.ts';

export const LOG_BUGS: readonly PlantedBug[] = [
  inSource(
    'an append leaves the head as it is',
    'shared/log/logWriter.ts',
    '      ...operations,\n      headWrite(head, this.#head),\n',
    '      ...operations,\n      ...(this.#head ? [] : [headWrite(head, this.#head)]),\n',
  ),
  {
    ...inSource(
      'a batch has the same name in every try',
      'shared/log/logWriter.ts',
      'const batchId = entropy.uuid();',
      "const batchId = `${entropy && '00000000-0000-4000-8000-'}${String(seq).padStart(12, '0')}`;",
    ),
    needsRewind: true,
  },
  {
    ...inSource(
      'what was read of the ids for one request counts for all later ones',
      'shared/log/logWriter.ts',
      'const rowsRead = new Map<number, IdsRow>();',
      'const rowsRead = ((this as any).rowsRead ??= new Map<number, IdsRow>());',
    ),
    needsRewind: true,
  },
  {
    ...inSource(
      'a checkpoint is taken for whichever past it is of',
      'shared/log/checkpoints/loadCheckpoints.ts',
      'return row !== undefined && idsRowOf(row).batchId === batchId;',
      'return row === undefined || idsRowOf(row).batchId !== batchId || true;',
    ),
    needsRewind: true,
  },
  inSource(
    'a page of a checkpoint that is gone counts as empty',
    'shared/log/checkpoints/loadedCheckpoint.ts',
    'if (bytes === undefined || !hashOf(bytes).equals(written)) throw',
    'if (bytes === undefined) return new Uint8Array();\n    if (!hashOf(bytes).equals(written)) throw',
  ),
  inSource(
    'lines with and without synchronization at once share a batch',
    'shared/log/appendQueue.ts',
    'first === undefined || next.inlineSync === first.inlineSync',
    'first === undefined || next.inlineSync === first.inlineSync || true',
  ),
  inSource(
    'a line has another event id in every batch',
    'shared/cacheSync/driveSync.ts',
    'id: lineRecordIdText(lineRecordId(environmentKey, organizationKey, line.id)),',
    'id: lineRecordIdText(lineRecordId(environmentKey, organizationKey, `${line.id}~${seqs.join()}`)),',
  ),
  inSource(
    'a synchronization at once does not record the token of its calls',
    'shared/cacheSync/driveSync.ts',
    'const attempt = withAttempt(call, now, token.expiresAt);',
    'const attempt = withAttempt(call, now, current.state.inline ? now : token.expiresAt);',
  ),
  inSource(
    'a synchronization at once renews its token when a call goes out',
    'shared/cacheSync/driveSync.ts',
    'await inventoryVisibility.postOnHand(token, ',
    'await inventoryVisibility.postOnHand(current.state.inline ? await inventoryVisibility.token() : token, ',
  ),
  inSource(
    'rows of a later version are read as if they were of this one',
    'shared/log/packedRow.ts',
    "if (row.properties['v'] !== ROW_VERSION) throw",
    "if (row.properties['v'] === undefined) throw",
  ),
];
