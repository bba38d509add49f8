/** A TCP proxy that can be told to misbehave as networks do. What it is told holds for open connections as well. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/**
 * `pass`: everything goes through. `silent`: connections are accepted and nothing goes either way any more. `reset`:
 * connections are reset. `loseAnswers`: requests go through, and the connection is reset where the answer would
 * begin. `cutAnswers`: the same, half-way through the answer's first chunk.
 */
export type ProxyMode = 'pass' | 'silent' | 'reset' | 'loseAnswers' | 'cutAnswers';

export interface FaultProxy {
  readonly port: number;
  /** Takes effect at once; leaving `silent` resets what was silent. */
  setMode(mode: ProxyMode): void;
  /** Bytes and connections that a fault has hit since the mode was set. */
  readonly hits: number;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  silenced: boolean;
}

/** Forwards connections to a port of this machine. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  let mode: ProxyMode = 'pass';
  let hits = 0;
  const pairs = new Set<Pair>();

  const drop = (pair: Pair): void => {
    pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server.destroy();
  };
  const server = createServer({ noDelay: true }, (client) => {
    if (mode === 'reset') {
      hits++;
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    const pair: Pair = { client, server: upstream, silenced: false };
    pairs.add(pair);
    for (const socket of [client, upstream]) {
      socket.on('error', () => drop(pair));
      socket.on('close', () => drop(pair));
    }
    client.on('data', (bytes) => {
      if (mode === 'silent') {
        hits++;
        pair.silenced = true;
      } else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (mode === 'pass') client.write(bytes);
      else if (mode === 'silent') pair.silenced = true;
      else {
        hits++;
        if (mode === 'cutAnswers') client.write(bytes.subarray(0, bytes.length / 2), () => drop(pair));
        else drop(pair);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    get hits() {
      return hits;
    },
    setMode(next) {
      mode = next;
      hits = 0;
      if (next === 'silent') return;
      for (const pair of pairs) if (pair.silenced || next === 'reset') drop(pair);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const pair of pairs) drop(pair);
      }),
  };
}
