/** Writes a package's state and its outcome together, both If-Match: what is noted of lines and of the package never parts. */
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import { outcomeWrite } from '../log/outcomeRow.ts';
import { type PackageState, packageUpdate } from '../log/packageRow.ts';
import { TableError, type TableOperation, type TableStore } from '../tables/tableStore.ts';
import type { LoadedPackage } from './loadPackage.ts';

/**
 * The package as stored now; undefined when another instance wrote it first. The outcome row is written along in any
 * case, so that nobody changes it under a stale view. `others` are written in the same transaction. @throws TableError
 */
export async function storePackage(
  tables: TableStore,
  partitionKey: string,
  loaded: LoadedPackage,
  state: PackageState,
  others: readonly TableOperation[] = [],
): Promise<LoadedPackage | undefined> {
  const { stored, outcome } = loaded;
  const outcomeOperation = await outcomeWrite(tables, partitionKey, outcome, outcome.outcome, outcome.etag);
  try {
    const [packageEtag, outcomeEtag] = await tables.transact(ADJUSTMENT_LOG, partitionKey, [
      packageUpdate(stored, state),
      outcomeOperation,
      ...others,
    ]);
    if (packageEtag === undefined || outcomeEtag === undefined) return undefined;
    return {
      ...loaded,
      stored: { ...stored, state, etag: packageEtag },
      outcome: { ...outcome, etag: outcomeEtag },
    };
  } catch (error) {
    // Missing: it was finished, and retention has removed it.
    if (error instanceof TableError && ['changed', 'missing'].includes(error.failure)) return undefined;
    throw error;
  }
}
