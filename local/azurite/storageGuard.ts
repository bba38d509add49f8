/**
 * Watches how large the stored data grows. Azurite rewrites its whole file every few seconds and dies when the file
 * passes some 400 MB, losing the newest rows; long before that, no new lines may be taken.
 *
 * The functions learn of it by a file: while the file that the app setting STORAGE_FULL_FILE names exists,
 * `postAdjustments` answers 503. The file's text is for people. Lines already accepted go on through the hops.
 */
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MEGABYTE = 1_000_000;
const WARN_BYTES = 200 * MEGABYTE;
const FULL_BYTES = 350 * MEGABYTE;
const INTERVAL_MS = 2_000;

export interface StorageGuardOptions {
  /** The folder that is measured. */
  readonly folder: string;
  /** The file that exists while the data is too large for new lines. */
  readonly fullFile: string;
  /** Told once at each threshold that is passed upwards. */
  readonly onWarning: (message: string) => void;
  readonly warnBytes?: number;
  readonly fullBytes?: number;
}

export interface StorageGuard {
  /** Measures now; resolves with the bytes of the folder. */
  check(): Promise<number>;
  close(): void;
}

/** Measures at once, and then every two seconds until closed. */
export async function startStorageGuard(options: StorageGuardOptions): Promise<StorageGuard> {
  const { folder, fullFile, onWarning, warnBytes = WARN_BYTES, fullBytes = FULL_BYTES } = options;
  let level: 'fine' | 'large' | 'full' = 'fine';
  await rm(fullFile, { force: true });

  const check = async (): Promise<number> => {
    const bytes = await folderSize(folder);
    const next = bytes >= fullBytes ? 'full' : bytes >= warnBytes ? 'large' : 'fine';
    if (next === level) return bytes;
    const text =
      `the local data in ${folder} has grown to ${megabytes(bytes)} MB, and Azurite fails at some 400 MB: ` +
      (next === 'full'
        ? 'no new lines are taken; stop, then forget the data with "npm start -- --reset"'
        : `from ${megabytes(fullBytes)} MB on no new lines will be taken; "npm start -- --reset" forgets the data`);
    if (next === 'full') await writeFile(fullFile, text);
    else if (level === 'full') await rm(fullFile, { force: true });
    if (next === 'full' || (next === 'large' && level === 'fine')) onWarning(text);
    level = next;
    return bytes;
  };
  await check();
  // A folder that cannot be read this time will be read the next time.
  const timer = setInterval(() => void check().catch(() => undefined), INTERVAL_MS);
  return { check, close: () => clearInterval(timer) };
}

/** Bytes of all files directly in the folder; 0 when it does not exist. */
export async function folderSize(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (entry) => (entry.isFile() ? entry.size : 0),
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** For people: whole megabytes. */
export function megabytes(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(bytes < 10 * MEGABYTE ? 1 : 0);
}
