/** The functions host as a process of its own. The options are those of `startFunctionsHost`, as one JSON argument. */
import { childMain } from '../childMain.ts';
import { startFunctionsHost } from './functionsHost.ts';
import type { FunctionsHostOptions, HostedFunction } from './functionsHost.ts';

export type FunctionsHostMainOptions = Omit<FunctionsHostOptions, 'log'>;

export interface FunctionsHostReady {
  readonly url: string;
  readonly functions: readonly HostedFunction[];
}

await childMain<FunctionsHostMainOptions, FunctionsHostReady>(async (options) => {
  const host = await startFunctionsHost(options);
  return { ready: { url: host.url, functions: host.functions }, close: () => host.close() };
});
