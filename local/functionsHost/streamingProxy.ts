/**
 * The library's HTTP streaming proxy: the server it opens when it is asked for its capabilities, to which the host
 * forwards requests. The library binds it to every interface and never closes it; a local host must do better.
 */
import { createRequire } from 'node:module';
import type { Server } from 'node:http';
import { AppError } from './appError.ts';
import type { ProgrammingModel } from './coreTypes.ts';

// The CommonJS export of node:http is the one object the library takes `createServer` from.
const http = createRequire(import.meta.url)('node:http') as { createServer: () => Server };

export interface StreamingProxy {
  /** Where to forward, e.g. `http://127.0.0.1:40123`. */
  readonly origin: string;
  close(): void;
}

/**
 * Asks the model for its capabilities, which locks the app's set-up and starts the proxy.
 * @throws AppError when the app has not switched streaming on
 */
export async function startStreamingProxy(model: ProgrammingModel): Promise<StreamingProxy | undefined> {
  const servers: Server[] = [];
  const original = http.createServer;
  http.createServer = () => {
    const server = original();
    servers.push(server);
    const listen = server.listen.bind(server);
    // The library calls listen(callback): same port rule, but reachable from this machine only.
    server.listen = ((listening: () => void) => listen(0, '127.0.0.1', listening)) as Server['listen'];
    return server;
  };
  let uri: string | undefined;
  try {
    uri = (await model.getCapabilities?.({}))?.['HttpUri'];
  } finally {
    http.createServer = original;
  }
  if (uri === undefined) return undefined;
  return {
    origin: new URL(uri.replace('//localhost', '//127.0.0.1')).origin,
    close: () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/** The error for an app with HTTP functions that has no proxy. */
export function streamingIsOff(): AppError {
  return new AppError(
    'the app has HTTP functions but HTTP streaming is off, and then the platform drops chunked request bodies; call app.setup({ enableHttpStream: true })',
  );
}
