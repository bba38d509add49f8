/** The environment that the local start sets up: its settings, with the addresses of this run. */
import { readFile } from 'node:fs/promises';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import type { EnvironmentSettings } from '../../shared/settings/environmentSettings.ts';
import { parseSettingsFile } from '../../shared/settings/parseSettings.ts';
import { SETTINGS_TABLE, SettingsStore } from '../../shared/settings/settingsStore.ts';
import { tableStoreFromSettings } from '../../shared/tables/tableConnection.ts';

const TEMPLATE = new URL('environment.json', import.meta.url);
/** Stands for an address before the simulator's own is known; only the rest of the settings is used then. */
export const ADDRESS_TO_COME = 'http://127.0.0.1';

/** The settings as the file gives them, with the address of the Dynamics side filled in. */
export async function localEnvironment(dynamicsUrl: string): Promise<EnvironmentSettings> {
  const text = await readFile(TEMPLATE, 'utf8');
  const [settings] = parseSettingsFile(
    TEMPLATE.pathname,
    JSON.parse(text.replaceAll('%DYNAMICS_URL%', dynamicsUrl)),
  );
  if (!settings) throw new Error(`${TEMPLATE.pathname} holds no environment`);
  return settings;
}

/**
 * Brings stored settings of an earlier run up to date when the Dynamics side has moved to another port; everything
 * else that was changed since stays as it is.
 * @returns whether they had to be changed
 */
export async function updateStoredAddresses(
  tablesConnection: string,
  current: EnvironmentSettings,
): Promise<boolean> {
  const tables = tableStoreFromSettings({ TABLES_CONNECTION: tablesConnection }, systemClock);
  await tables.createTables([SETTINGS_TABLE]);
  const store = new SettingsStore({ tables, clock: systemClock, maximumAgeMs: 0 });
  const stored = await store.read(current.environmentId);
  if (!stored) return false;
  const { inventoryVisibility, supplyChain } = stored.settings;
  const { endpoint, authority, securityService } = current.inventoryVisibility;
  const { url } = current.supplyChain;
  if (inventoryVisibility.endpoint === endpoint && supplyChain.url === url) return false;
  await store.replace(
    {
      ...stored.settings,
      inventoryVisibility: { ...inventoryVisibility, endpoint, authority, securityService },
      supplyChain: { ...supplyChain, url, authority },
    },
    stored.etag,
  );
  return true;
}
