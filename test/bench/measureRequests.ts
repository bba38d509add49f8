/** Counts, in a pass that is not timed, what ingest asks of the table service. */
import { LocalSystem } from '../support/localSystem.ts';
import { benchBodies } from './benchLines.ts';
import { type CountingProxy, type RequestCounts, startCountingProxy } from './countingProxy.ts';
import { postBodies } from './postBodies.ts';

export interface StorageRequests extends RequestCounts {
  readonly lines: number;
  readonly perThousandLines: number;
}

/** @param load which requests to post: how many, lines of each, at how many connections */
export async function measureRequests(load: {
  requests: number;
  size: number;
  connections: number;
}): Promise<StorageRequests> {
  let proxy: CountingProxy | undefined;
  const system = await LocalSystem.start({
    proxyTables: async (port) => (proxy = await startCountingProxy(port)),
  });
  try {
    // The first request of a host also creates the tables and lists the log.
    await postBodies(system, benchBodies('first', 1, 1), 1);
    proxy?.take();
    await postBodies(system, benchBodies('count', load.requests, load.size), load.connections);
    const counts = proxy?.take() ?? { transactions: 0, reads: 0, others: 0 };
    const lines = load.requests * load.size;
    const all = counts.transactions + counts.reads + counts.others;
    return { ...counts, lines, perThousandLines: (all * 1000) / lines };
  } finally {
    await system.close();
  }
}
