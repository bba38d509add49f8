/** The folder in which the local start keeps everything: what lies where, and how it is forgotten. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { lockFolder } from '../azurite/folderLock.ts';
import type { FolderLock } from '../azurite/folderLock.ts';

/** Everything that a run leaves behind, and nothing else: the folder may be somebody else's as well. */
const CONTENT = [
  'azurite',
  'dynamics',
  'client-secret',
  'environment.json',
  'ports.json',
  'running.json',
  'storage-full',
];

/** Of each part, the port that it had in the last run. */
export type Ports = Partial<Record<string, number>>;

export class DataFolder {
  readonly path: string;
  readonly #lock: FolderLock;

  private constructor(path: string, lock: FolderLock) {
    this.path = path;
    this.#lock = lock;
  }

  /** Makes and locks the folder. @throws FolderLockedError when another run is using it. */
  static async open(folder: string): Promise<DataFolder> {
    const path = resolve(folder);
    await mkdir(path, { recursive: true });
    return new DataFolder(path, await lockFolder(path));
  }

  /** The file or folder of that name. */
  file(name: 'azurite' | 'dynamics' | 'environment.json' | 'storage-full' | 'running.json'): string {
    return join(this.path, name);
  }

  /** Deletes what earlier runs have left behind. */
  async reset(): Promise<void> {
    for (const name of CONTENT) await rm(join(this.path, name), { recursive: true, force: true });
  }

  /** The secret that the business layer signs in to the simulator with: random, the same in every run. */
  async clientSecret(): Promise<string> {
    const file = join(this.path, 'client-secret');
    const existing = (await readIfThere(file))?.trim();
    if (existing) return existing;
    const secret = randomBytes(24).toString('base64url');
    await replaceFile(file, secret);
    return secret;
  }

  async lastPorts(): Promise<Ports> {
    const text = await readIfThere(join(this.path, 'ports.json'));
    try {
      return JSON.parse(text ?? '{}') as Ports;
    } catch {
      return {};
    }
  }

  async rememberPorts(ports: Ports): Promise<void> {
    await replaceFile(join(this.path, 'ports.json'), JSON.stringify(ports, undefined, 2));
  }

  /** Writes a file of the folder in one step, readable by this user only. */
  async write(name: 'environment.json' | 'running.json', content: unknown): Promise<void> {
    await replaceFile(this.file(name), JSON.stringify(content, undefined, 2));
  }

  /** Lets others use the folder. */
  async close(): Promise<void> {
    await rm(this.file('running.json'), { force: true });
    await this.#lock.release();
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, `${text}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
