/** Entry of the fault simulator: `npm run simulate -- --seeds 2000`, `--seed N`. */
import { parseArgs } from 'node:util';
import { runSwarm } from './scenario/swarm.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, seeds: { type: 'string' }, trace: { type: 'boolean' } },
});
if (values.seed !== undefined) {
  const result = await runSwarm(values.seed, values.trace ? { write: (line) => console.log(line) } : {});
  console.log(result.seed, result.hash, result.steps, result.calls, result.faults, result.checks);
  if (result.failure) {
    console.log(result.tail.slice(-60).join('\n'));
    console.log(result.failure);
  }
} else {
  const from = Date.now();
  let calls = 0, steps = 0, bad = 0;
  for (let seed = 1; seed <= Number(values.seeds ?? 20); seed++) {
    const result = await runSwarm(String(seed));
    calls += result.calls;
    steps += result.steps;
    if (result.failure) { bad++; console.log(seed, result.failure.message.slice(0, 300)); }
  }
  console.log({ calls, steps, bad, ms: Date.now() - from });
}
