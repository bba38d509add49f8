/** Local systems in vitest: ended whatever becomes of the tests. */
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { LocalSystem, type LocalSystemOptions } from './localSystem.ts';

/** One system for all tests of a file or of a `describe`. Use the result inside tests only. */
export function useLocalSystem(options: LocalSystemOptions = {}): () => LocalSystem {
  let system: LocalSystem | undefined;
  beforeAll(async () => {
    system = await LocalSystem.start(options);
  });
  afterAll(async () => {
    await system?.close();
  });
  return () => {
    if (!system) throw new Error('the system runs only while tests run; ask for it inside a test');
    return system;
  };
}

/** A system for the running test alone. */
export async function startLocalSystem(options: LocalSystemOptions = {}): Promise<LocalSystem> {
  const system = await LocalSystem.start(options);
  onTestFinished(() => system.close());
  return system;
}
