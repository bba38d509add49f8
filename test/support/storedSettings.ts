/** The stored settings of an installation, to be changed as an operator would. */
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { InvalidSettingsError, parseSettings } from '../../shared/settings/parseSettings.ts';
import { SettingsStore } from '../../shared/settings/settingsStore.ts';
import { tableStoreFromSettings } from '../../shared/tables/tableConnection.ts';
import type { SettingsChanges } from './localSettings.ts';

export function storedSettings(connectionString: string): {
  /** Replaces members of an environment's settings. */
  change(environmentId: string, changes: SettingsChanges): Promise<void>;
} {
  const tables = tableStoreFromSettings({ TABLES_CONNECTION: connectionString }, systemClock);
  const store = new SettingsStore({ tables, clock: systemClock, maximumAgeMs: 0 });
  return {
    async change(environmentId, changes) {
      const stored = await store.read(environmentId);
      if (stored === undefined) throw new Error(`environment ${environmentId} has no settings`);
      const parsed = parseSettings({ ...stored.settings, ...changes });
      if (parsed.settings === undefined) throw new InvalidSettingsError('changed settings', parsed.problems);
      await store.replace(parsed.settings, stored.etag);
    },
  };
}
