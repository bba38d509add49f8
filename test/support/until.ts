/** Waiting for something to come true, because it is what counts and not how long it takes. */
import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 25;
/** Only so that a test which would never end says what it was waiting for. */
const PATIENCE_MS = 45_000;

/** Asks until the answer is neither false nor undefined, and gives it. An error of `ask` counts as "not yet". */
export async function until<Value>(
  what: string,
  ask: () => Promise<Value | undefined | false>,
  { patienceMs = PATIENCE_MS, pauseMs = PAUSE_MS } = {},
): Promise<Value> {
  const end = Date.now() + patienceMs;
  let last: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await delay(pauseMs);
  } while (Date.now() < end);
  throw new Error(
    `waited in vain until ${what}; last: ${last instanceof Error ? last.message : String(last)}`,
  );
}
