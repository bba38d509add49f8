/** Stands before the table service and counts what is asked of it. An entity group transaction is one request. */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TableProxy } from '../support/localSystem.ts';

export interface CountingProxy extends TableProxy {
  /** HTTP requests since the last call, by what they are. */
  take(): RequestCounts;
}

export interface RequestCounts {
  readonly transactions: number;
  readonly reads: number;
  readonly others: number;
}

export async function startCountingProxy(targetPort: number): Promise<CountingProxy> {
  let counts = { transactions: 0, reads: 0, others: 0 };
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, answer) => {
    const { method = '', url = '', headers } = incoming;
    counts[kindOf(method, url)]++;
    const outgoing = request(
      { host: '127.0.0.1', port: targetPort, method, path: url, headers, agent },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      },
    );
    outgoing.on('error', (error) => answer.destroy(error));
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = counts;
      counts = { transactions: 0, reads: 0, others: 0 };
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function kindOf(method: string, url: string): keyof RequestCounts {
  if (method === 'GET') return 'reads';
  return method === 'POST' && url.includes('$batch') ? 'transactions' : 'others';
}
