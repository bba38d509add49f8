/**
 * The local storage emulator dies when its data grows too large, so the local start says when it is full: by a file that
 * the app setting STORAGE_FULL_FILE names. Without the setting nothing is looked at.
 */
import { access } from 'node:fs/promises';
import { DependencyError } from '../shared/runtime/dependencyError.ts';

/** @throws DependencyError */
export async function refuseWhenStorageIsFull(): Promise<void> {
  const file = process.env['STORAGE_FULL_FILE'];
  if (!file) return;
  const full = await access(file).then(
    () => true,
    () => false,
  );
  if (full)
    throw new DependencyError(
      'storage emulator (its data is full; stop the local start and run it with --reset to forget the data)',
      'the local data has reached its limit',
    );
}
