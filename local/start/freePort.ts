/** Steps around ports that other programs have taken. */
import { createServer } from 'node:net';

const PORTS_TO_TRY = 20;

/**
 * Calls `start` with the first port from `preferred` upwards that is free; with 0, so that the system chooses, when
 * none of them is, or when `preferred` is 0.
 */
export async function onFreePort<T>(preferred: number, start: (port: number) => Promise<T>): Promise<T> {
  for (let port = preferred; preferred !== 0 && port < preferred + PORTS_TO_TRY; port += 1) {
    if (!(await isFree(port))) continue;
    try {
      return await start(port);
    } catch (error) {
      // Somebody took it between the look and the start.
      if (!String(error).includes('EADDRINUSE')) throw error;
    }
  }
  return start(0);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
