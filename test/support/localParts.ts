/** The parts of a local system that are not functions hosts, each as a process of its own. */
import { startAzurite } from '../../local/azurite/startAzurite.ts';
import type { DynamicsOptions } from '../../local/dynamics/dynamicsOptions.ts';
import { forkChild } from '../../local/forkChild.ts';
import type { SoakClock } from '../soak/fasterClock.ts';
import { FUNCTIONS_CLIENT, POSTING_CLIENT, READING_CLIENT } from './localSettings.ts';
import type { RunningPart } from './part.ts';

export interface Azurite extends RunningPart {
  readonly connectionString: string;
}
export interface Broker extends RunningPart {
  readonly connectionString: string;
}

/** Environment variables for parts whose clocks agree with each other and go faster than the machine's. */
export function clockAt(pace: number): NodeJS.ProcessEnv {
  const preload = new URL('../soak/fasterClock.ts', import.meta.url).href;
  const clock: SoakClock = { from: Date.now(), pace, aheadMs: 0 };
  return { ...process.env, NODE_OPTIONS: `--import=${preload}`, SOAK_CLOCK: JSON.stringify(clock) };
}

export async function startTables(port: number, folder: string | undefined): Promise<Azurite> {
  const azurite = await startAzurite({ port, ...(folder === undefined ? {} : { folder }) });
  return { ...azurite, port: azurite.tablePort };
}

export async function startBroker(port: number, env: NodeJS.ProcessEnv): Promise<Broker> {
  const child = await forkChild<{ port: number; connectionString: string }>({
    name: 'broker',
    entry: new URL('../../local/broker/main.ts', import.meta.url),
    options: { port, queues: { 'journal-packages': {} } },
    env,
  });
  return { ...child.ready, pid: child.pid, close: () => child.close(), kill: () => child.kill() };
}

export async function startDynamics(
  port: number,
  options: Partial<DynamicsOptions>,
  env: NodeJS.ProcessEnv,
): Promise<RunningPart> {
  const child = await forkChild<{ port: number }>({
    name: 'simulated Dynamics side',
    entry: new URL('../../local/dynamics/main.ts', import.meta.url),
    options: {
      clients: [FUNCTIONS_CLIENT, POSTING_CLIENT, READING_CLIENT],
      importIntervalMs: 0,
      postingJobIntervalMs: 0,
      offsetDelayMs: 0,
      ...options,
      port,
    } satisfies DynamicsOptions,
    env,
  });
  return { port: child.ready.port, pid: child.pid, close: () => child.close(), kill: () => child.kill() };
}
