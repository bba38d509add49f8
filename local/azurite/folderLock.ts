/**
 * An exclusive lock on a folder: a file that names the process that holds it. Two storage emulators on one folder
 * would both accept writes, and the last to stop would win.
 *
 * A lock whose process is gone is stale and taken over. A process id may have been given to another process since,
 * so the process's start time is compared as well, where the system tells it.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const LOCK_FILE = 'lock.json';
const RETRY_MS = 100;

export class FolderLockedError extends Error {
  constructor(folder: string, pid: number) {
    super(
      `${folder} is in use by process ${pid}; stop that one first, or choose another folder with --data. ` +
        `If no such process of this program is running, delete ${join(folder, LOCK_FILE)}`,
    );
    this.name = 'FolderLockedError';
  }
}

interface Holder {
  readonly pid: number;
  /** As the system writes it; empty where it does not tell. */
  readonly startedAt: string;
}

/** The content of a lock of this process, never the same twice. */
async function describeSelf(): Promise<string> {
  const holder: Holder = { pid: process.pid, startedAt: await startTime(process.pid) };
  return JSON.stringify({ ...holder, id: randomUUID() });
}

export interface FolderLock {
  release(): Promise<void>;
}

/** Takes the lock, waiting up to `waitMs` for its holder to end. @throws FolderLockedError */
export async function lockFolder(folder: string, { waitMs = 0 } = {}): Promise<FolderLock> {
  const path = join(folder, LOCK_FILE);
  const own = await describeSelf();
  const giveUpAt = Date.now() + waitMs;
  for (;;) {
    const result = await tryToTake(path, own);
    if (result === 'taken') return { release: () => release(path, own) };
    if (result === 'changed') continue;
    if (Date.now() >= giveUpAt) throw new FolderLockedError(folder, result.pid);
    await delay(RETRY_MS);
  }
}

async function release(path: string, own: string): Promise<void> {
  if ((await readIfThere(path)) === own) await rm(path, { force: true });
}

/**
 * One try. A stale lock is never removed, since somebody may have put a fresh one into its place by then. Who takes it over
 * first creates a claim that is named after its content, which only one can, and then moves the claim into its place. A
 * claim whose process is gone is taken over in the same way.
 *
 * @returns who holds the lock, or `changed` when it passed on meanwhile
 */
async function tryToTake(path: string, own: string): Promise<'taken' | 'changed' | Holder> {
  if (await createAtOnce(path, own)) return 'taken';
  const lock = await readIfThere(path);
  const stale: string[] = [];
  for (let found = lock; found !== undefined; found = await readIfThere(stale.at(-1) ?? path)) {
    const holder = parseHolder(found);
    if (holder && (await isRunning(holder))) return (await readIfThere(path)) === lock ? holder : 'changed';
    const claim = `${path}.after-${createHash('sha256').update(found).digest('hex').slice(0, 16)}`;
    if (await createAtOnce(claim, own)) {
      // Somebody may have taken it over, and cleared the claim away, since it was read.
      if ((await readIfThere(path)) !== lock) {
        await rm(claim, { force: true });
        return 'changed';
      }
      await rename(claim, path);
      for (const left of stale) await rm(left, { force: true });
      return 'taken';
    }
    stale.push(claim);
  }
  return 'changed';
}

/** Creates the file with its whole content in one step, so that nobody reads half of it; false when it exists. */
async function createAtOnce(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, startedAt } = JSON.parse(text) as Partial<Holder>;
    return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt } : undefined;
  } catch {
    return undefined;
  }
}

async function isRunning(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // Another user's process may not be signalled, but it is there.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const startedAt = await startTime(holder.pid);
  return holder.startedAt === '' || startedAt === '' || startedAt === holder.startedAt;
}

/** When the process was started, in the system's own words; empty where the system does not tell. */
async function startTime(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
      // The name before the last parenthesis may hold spaces; the start time is the 20th field after it.
      const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
      return `${bootId.trim()} ${ticks}`;
    }
    if (process.platform === 'win32') return '';
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout.trim();
  } catch {
    return '';
  }
}
