/** Starts Azurite's table service as a child process and tells how to reach it. */
import { forkChild } from '../forkChild.ts';
import type { ChildExit } from '../forkChild.ts';

/** The emulator's public, well-known account: it protects nothing, and the service listens on this machine only. */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export interface AzuriteOptions {
  /** Where the rows are kept; in memory only when absent. */
  readonly folder?: string;
  /** 0, the default: the system chooses. */
  readonly port?: number;
  /** How long a predecessor whose own parent was killed may take to write its data. Milliseconds, 15,000 when absent. */
  readonly waitForFolderMs?: number;
  readonly onLine?: (line: string) => void;
}

export interface Azurite {
  /** For the app setting TABLES_CONNECTION. */
  readonly connectionString: string;
  readonly tablePort: number;
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  /** Ends it after it has written everything. */
  close(): Promise<void>;
  /** Ends it on the spot: rows that it acknowledged in the last seconds are gone. */
  kill(): Promise<void>;
}

/** @throws Error when the port is taken or the folder is in use by another process. */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const { folder, port = 0, waitForFolderMs = 15_000, onLine } = options;
  const child = await forkChild<{ port: number }>({
    name: 'Azurite',
    entry: new URL('main.ts', import.meta.url),
    options: { port, waitForFolderMs, ...(folder !== undefined && { folder }) },
    // Inherited accounts would replace the well-known one.
    env: { ...process.env, AZURITE_ACCOUNTS: undefined },
    ...(onLine && { onLine }),
  });
  const tablePort = child.ready.port;
  return {
    connectionString:
      `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${ACCOUNT_KEY};` +
      `TableEndpoint=http://127.0.0.1:${tablePort}/${ACCOUNT}`,
    tablePort,
    pid: child.pid,
    exited: child.exited,
    close: () => child.close(),
    kill: () => child.kill(),
  };
}
