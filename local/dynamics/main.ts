/** The simulated Dynamics side as a process of its own. Its argument: DynamicsOptions as JSON. */
import { childMain } from '../childMain.ts';
import type { DynamicsOptions } from './dynamicsOptions.ts';
import { startDynamics } from './startDynamics.ts';

await childMain(async (options: DynamicsOptions) => {
  const dynamics = await startDynamics(options);
  return { ready: { url: dynamics.url, port: dynamics.port }, close: () => dynamics.close() };
});
