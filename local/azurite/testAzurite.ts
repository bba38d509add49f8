/** For tests: one table service in memory per test file, and a fresh name prefix per store, so tests do not meet. */
import { afterAll, beforeAll } from 'vitest';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import type { AzureTableStore } from '../../shared/tables/azureTableStore.ts';
import { tableStoreFromSettings } from '../../shared/tables/tableConnection.ts';
import { startAzurite } from './startAzurite.ts';
import type { Azurite } from './startAzurite.ts';

export interface TestAzurite {
  /** The running service. */
  azurite(): Azurite;
  /** App settings of an installation of its own on the service. */
  settings(): { TABLES_CONNECTION: string; TABLE_NAME_PREFIX: string };
  /** A store of an installation of its own; create the tables that the test needs. */
  store(): AzureTableStore;
}

/** Call it at the top of a test file or in a `describe`: it starts the service before the tests and ends it after them. */
export function useAzurite(): TestAzurite {
  let running: Azurite | undefined;
  let installations = 0;
  beforeAll(async () => {
    running = await startAzurite();
  });
  afterAll(async () => {
    await running?.close();
  });
  const azurite = () => {
    if (!running)
      throw new Error('Azurite runs only while tests run; ask for it inside a test or a beforeEach');
    return running;
  };
  const settings = () => ({
    TABLES_CONNECTION: azurite().connectionString,
    TABLE_NAME_PREFIX: `t${(installations += 1)}x`,
  });
  return { azurite, settings, store: () => tableStoreFromSettings(settings(), systemClock) };
}
