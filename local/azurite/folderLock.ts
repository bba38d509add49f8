/**
 * An exclusive lock on a folder: a file that names the process that holds it. Two storage emulators on one folder
 * would both accept writes, and the last to stop would win.
 *
 * A lock whose process is gone is stale and taken over. A process id may have been given to another process since,
 * so the process's start time is compared as well, where the system tells it.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
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

export interface FolderLock {
  release(): Promise<void>;
}

/** Takes the lock, waiting up to `waitMs` for its holder to end. @throws FolderLockedError */
export async function lockFolder(folder: string, { waitMs = 0 } = {}): Promise<FolderLock> {
  const path = join(folder, LOCK_FILE);
  const own = JSON.stringify({ pid: process.pid, startedAt: await startTime(process.pid) } satisfies Holder);
  const giveUpAt = Date.now() + waitMs;
  for (;;) {
    if (await createAtOnce(path, own)) {
      return {
        release: async () => {
          if ((await readIfThere(path)) === own) await rm(path, { force: true });
        },
      };
    }
    const found = await readIfThere(path);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    if (!holder || !(await isRunning(holder))) await removeStale(path, found);
    else if (Date.now() >= giveUpAt) throw new FolderLockedError(folder, holder.pid);
    else await delay(RETRY_MS);
  }
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

/** Removes the lock unless somebody else has taken it over meanwhile: what is moved away is looked at first. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readIfThere(aside)) !== stale) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
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
