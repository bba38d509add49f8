/** `running.json` in the data folder: how other programs of this machine find what runs. Only this user can read it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenSource } from './localToken.ts';

export interface RunningFile {
  readonly functionsUrl: string;
  readonly dynamicsUrl: string;
  readonly environmentId: string;
  /** Where a token for the API comes from. */
  readonly token: TokenSource;
  /** For the app setting TABLES_CONNECTION. */
  readonly tablesConnection: string;
  /** For the app setting SERVICE_BUS_CONNECTION. */
  readonly serviceBusConnection: string;
  readonly processIds: {
    readonly start: number;
    readonly functionsHost: number;
    readonly broker: number;
    readonly dynamics: number;
    readonly azurite: number;
  };
}

/** @throws Error that says how to start it, when nothing runs on the folder. */
export async function readRunningFile(dataFolder: string): Promise<RunningFile> {
  try {
    const text = await readFile(join(dataFolder, 'running.json'), 'utf8');
    const running = JSON.parse(text) as RunningFile;
    // A run that was killed leaves its file behind; the signal 0 only asks whether the process is there.
    process.kill(running.processIds.start, 0);
    return running;
  } catch (error) {
    throw new Error(`nothing runs on ${dataFolder}; start it with "npm start" first`, { cause: error });
  }
}
