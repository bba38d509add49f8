/** Posts prepared requests over kept-open connections, as a busy client does. */
import { Agent } from 'node:http';
import type { LocalSystem } from '../support/localSystem.ts';
import { inParallel } from './inParallel.ts';

/** @returns seconds. @throws Error when a request is not answered 200 */
export async function postBodies(
  system: LocalSystem,
  bodies: readonly Buffer[],
  connections: number,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  try {
    return await inParallel(bodies, connections, async (body) => {
      const answer = await system.post(undefined, { body, agent });
      if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    });
  } finally {
    agent.destroy();
  }
}
