/**
 * The packages of a committed run: as many as the commit counted, or none are acted upon. Of a run that retention has begun
 * with, those that are left: somebody may have taken up one of them again just before.
 */
import { PACKAGE_HASH_BYTES } from '../log/journalRows.ts';
import { readPackages, type StoredPackage } from '../log/packageRow.ts';
import { type CommittedRun, isRetired } from '../log/runRow.ts';
import type { TableStore } from '../tables/tableStore.ts';

/** @throws TableError; Error when a package's row is missing, which only happens to a log that went back in time. */
export async function readCommittedPackages(
  { tables, partitionKey }: { readonly tables: TableStore; readonly partitionKey: string },
  run: CommittedRun,
): Promise<StoredPackage[]> {
  const { attempt, packageHashes } = run.state.commit;
  const packages = await readPackages(tables, partitionKey, run.number, attempt);
  const committed = Buffer.from(packageHashes, 'base64').length / PACKAGE_HASH_BYTES;
  if (packages.length === committed || run.state.retiredAt !== undefined) return packages;
  // An instance that has slept meanwhile knows the run as it was before retention.
  if (!(await isRetired(tables, partitionKey, run.number)))
    throw new Error(
      `Run ${run.number} of ${partitionKey} committed ${committed} packages and ${packages.length} are stored. ` +
        'It is left alone; restore its rows.',
    );
  return packages;
}
