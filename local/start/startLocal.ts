/**
 * Runs the whole business layer on this machine: storage, queue, simulated Dynamics side and functions host, each a
 * process of its own under this one's supervision.
 */
import { fileURLToPath } from 'node:url';
import { JOURNAL_PACKAGE_QUEUE } from '../../shared/queue/journalPackageQueue.ts';
import { startAzurite } from '../azurite/startAzurite.ts';
import { folderSize, startStorageGuard } from '../azurite/storageGuard.ts';
import type { BrokerOptions } from '../broker/broker.ts';
import { forkChild } from '../forkChild.ts';
import type { ChildOptions } from '../forkChild.ts';
import type { Scenario } from '../dynamics/control/scenario.ts';
import type { FunctionsHostMainOptions } from '../functionsHost/main.ts';
import { appSettings } from './appSettings.ts';
import { DataFolder } from './dataFolder.ts';
import { API_AUDIENCE, CLIENT_ID, dynamicsOptions, TENANT_ID } from './dynamicsSetUp.ts';
import { ADDRESS_TO_COME, localEnvironment, updateStoredAddresses } from './environment.ts';
import type { RunningFile } from './runningFile.ts';
import { SupervisedPart } from './supervisedPart.ts';
import type { RunningPart } from './supervisedPart.ts';

const APP_ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** How long a message of a receiver that has died is held back. Shorter than in Azure, so that a restart goes on soon. */
const LOCK_DURATION_MS = 15_000;

/** The ports that the parts get when nobody else has them. */
export const PREFERRED_PORTS = { functionsHost: 7071, dynamics: 7072, azurite: 10002, broker: 5672 } as const;
type PartName = keyof typeof PREFERRED_PORTS;

export interface LocalOptions {
  readonly dataFolder: string;
  /** Forget what earlier runs have left in the folder. */
  readonly reset?: boolean;
  /** Done once the data folder is ours and before anything starts, e.g. the build of the functions. */
  readonly prepare?: () => Promise<void>;
  /** Ports wished for; 0: the system chooses. `PREFERRED_PORTS` when absent. */
  readonly ports?: Readonly<Record<PartName, number>>;
  /** How the simulated Dynamics side misbehaves, with each of its starts. */
  readonly scenario?: Scenario;
  /** App settings that go before the local ones. */
  readonly appSettings?: Readonly<Record<string, string>>;
  /** Receives what the user should see: restarts, warnings, and what the parts write. */
  readonly report: (line: string) => void;
}

export interface Local {
  /** Addresses, sign-in and process ids; the process ids change when a part is started again. */
  running(): RunningFile;
  /** Bytes of the stored data. */
  dataSize(): Promise<number>;
  /** Ends one part as a crash would; it is started again. */
  kill(part: PartName): Promise<void>;
  /** Stops the functions host, then the broker, then Dynamics, then the storage, and waits for each. */
  close(): Promise<void>;
}

/** @throws FolderLockedError when another run uses the data folder; Error naming the part that cannot be started. */
export async function startLocal(options: LocalOptions): Promise<Local> {
  const { report } = options;
  const folder = await DataFolder.open(options.dataFolder);
  const undo: (() => Promise<unknown> | void)[] = [() => folder.close()];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      for (const step of undo.reverse()) await step();
    })();
    return closing;
  };
  try {
    return await startParts(options, folder, undo, close);
  } catch (error) {
    await close().catch((second: unknown) => report(String(second)));
    throw error;
  }
}

async function startParts(
  options: LocalOptions,
  folder: DataFolder,
  undo: (() => Promise<unknown> | void)[],
  close: () => Promise<void>,
): Promise<Local> {
  const { report } = options;
  if (options.reset) await folder.reset();
  await options.prepare?.();
  const clientSecret = await folder.clientSecret();
  const wished = options.ports ?? PREFERRED_PORTS;
  const lastPorts = await folder.lastPorts();
  const parts = new Map<PartName, SupervisedPart>();
  // Until everything runs there is nothing to write about.
  let onRestart = (): void => undefined;

  const supervise = async (
    name: PartName,
    afterCrash: string,
    start: (port: number) => Promise<RunningPart>,
  ): Promise<SupervisedPart> => {
    const part = await SupervisedPart.start(
      { name, start, afterCrash, report, onRestart: () => onRestart() },
      lastPorts[name] ?? wished[name],
    );
    parts.set(name, part);
    undo.push(() => part.close());
    return part;
  };
  const prefixed = (name: string) => (line: string) => report(`${name} | ${line}`);

  let tablesConnection = '';
  await supervise(
    'azurite',
    'Rows that it acknowledged in the last seconds may be gone: the emulator writes them only every few seconds.',
    async (port) => {
      const azurite = await startAzurite({
        port,
        folder: folder.file('azurite'),
        onLine: prefixed('azurite'),
      });
      tablesConnection = azurite.connectionString;
      return { ...azurite, port: azurite.tablePort };
    },
  );
  const guard = await startStorageGuard({
    folder: folder.file('azurite'),
    fullFile: folder.file('storage-full'),
    onWarning: report,
  });
  undo.push(() => guard.close());

  const template = await localEnvironment(ADDRESS_TO_COME);
  const dynamics = await supervise('dynamics', 'It keeps its state.', (port) =>
    runPart<{ port: number }>({
      name: 'dynamics',
      entry: new URL('../dynamics/main.ts', import.meta.url),
      options: dynamicsOptions({
        port,
        folder: folder.file('dynamics'),
        clientSecret,
        settings: template,
        scenario: options.scenario,
      }),
      onLine: prefixed('dynamics'),
    }),
  );
  const dynamicsUrl = `http://127.0.0.1:${dynamics.port}`;
  const settings = await localEnvironment(dynamicsUrl);
  await folder.write('environment.json', settings);
  if (await updateStoredAddresses(tablesConnection, settings)) {
    report(`The Dynamics side has moved to ${dynamicsUrl}; the stored settings were changed accordingly.`);
  }

  let serviceBusConnection = '';
  const brokerOptions = { queues: { [JOURNAL_PACKAGE_QUEUE]: { lockDurationMs: LOCK_DURATION_MS } } };
  await supervise('broker', 'Its messages are gone; the timers send them again.', async (port) => {
    const broker = await runPart<{ port: number; connectionString: string }>({
      name: 'broker',
      entry: new URL('../broker/main.ts', import.meta.url),
      options: { port, ...brokerOptions } satisfies BrokerOptions,
      onLine: prefixed('broker'),
    });
    serviceBusConnection = broker.ready.connectionString;
    return broker;
  });

  const issuer = `${dynamicsUrl}/entra/${TENANT_ID}`;
  const env = {
    ...appSettings({
      tablesConnection,
      serviceBusConnection,
      issuer,
      clientSecret,
      environmentFile: folder.file('environment.json'),
      storageFullFile: folder.file('storage-full'),
    }),
    ...options.appSettings,
  };
  const functionsHost = await supervise('functionsHost', 'Accepted lines are stored and go on.', (port) =>
    runPart<{ url: string }>({
      name: 'functions host',
      entry: new URL('../functionsHost/main.ts', import.meta.url),
      options: { appRoot: APP_ROOT, port } satisfies FunctionsHostMainOptions,
      env: { ...process.env, ...env },
      onLine: prefixed('functions'),
    }),
  );

  const running = (): RunningFile => ({
    functionsUrl: `http://127.0.0.1:${functionsHost.port}`,
    dynamicsUrl,
    environmentId: settings.environmentId,
    token: {
      tokenEndpoint: `${issuer}/oauth2/v2.0/token`,
      clientId: CLIENT_ID,
      clientSecret,
      scope: `${API_AUDIENCE}/.default`,
    },
    tablesConnection,
    serviceBusConnection,
    processIds: {
      start: process.pid,
      functionsHost: functionsHost.pid,
      broker: parts.get('broker')?.pid ?? 0,
      dynamics: dynamics.pid,
      azurite: parts.get('azurite')?.pid ?? 0,
    },
  });
  await folder.rememberPorts(Object.fromEntries([...parts].map(([name, part]) => [name, part.port])));
  await folder.write('running.json', running());
  onRestart = () =>
    void folder.write('running.json', running()).catch((error: unknown) => report(String(error)));
  return {
    running,
    dataSize: () => folderSize(folder.file('azurite')),
    kill: async (name) => parts.get(name)?.kill(),
    close,
  };
}

/** Forks a part whose answer names its port or its address. */
async function runPart<Ready extends { port: number } | { url: string }>(
  options: ChildOptions,
): Promise<RunningPart & { ready: Ready }> {
  const child = await forkChild<Ready>(options);
  const { ready } = child;
  return { ...child, port: 'port' in ready ? ready.port : Number(new URL(ready.url).port) };
}
