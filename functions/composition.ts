/**
 * The app's one composition root: builds the business layer from app settings at the first use, never at import, so that
 * a missing setting fails the call that needs it, by name, and not the whole app.
 */
import { readFile } from 'node:fs/promises';
import { BearerTokens } from '../shared/auth/bearerToken.ts';
import { BusinessLayer } from '../shared/app/businessLayer.ts';
import { OutboundHttp } from '../shared/http/outboundHttp.ts';
import { InventoryVisibilityClient } from '../shared/inventoryVisibility/inventoryVisibilityClient.ts';
import { ADJUSTMENT_LOG, LOG_DIRECTORY } from '../shared/log/rowKeys.ts';
import { queueFromSettings } from '../shared/queue/queueConnection.ts';
import type { ServiceBusQueue } from '../shared/queue/serviceBusQueue.ts';
import { jsonLogger, systemRuntime } from '../shared/runtime/systemRuntime.ts';
import { parseSettingsFile } from '../shared/settings/parseSettings.ts';
import { ScheduleStore } from '../shared/settings/scheduleStore.ts';
import { SETTINGS_TABLE, SettingsStore } from '../shared/settings/settingsStore.ts';
import { SupplyChainClient } from '../shared/supplyChain/supplyChainClient.ts';
import { tableStoreFromSettings } from '../shared/tables/tableConnection.ts';

/** How old the settings that a call works with may be. Milliseconds. */
const SETTINGS_AGE_MS = 5_000;

export const runtime = systemRuntime(jsonLogger((line) => console.log(line)));
const http = new OutboundHttp(runtime.clock);
const readSecret = (name: string): string | undefined => process.env[name];
/** For calls out that are made for one request alone. */
export const outbound = { http, clock: runtime.clock, readSecret };

let layer: Promise<BusinessLayer> | undefined;
let tokens: BearerTokens | undefined;
let queue: ServiceBusQueue | undefined;

/** The business layer; a failed start is tried again by the next call. @throws TableError; Error naming a missing setting */
export function businessLayer(): Promise<BusinessLayer> {
  layer ??= start().catch((error: unknown) => {
    layer = undefined;
    throw error;
  });
  return layer;
}

/** Validates bearer tokens. @throws Error naming a missing setting */
export function bearerTokens(): BearerTokens {
  tokens ??= new BearerTokens(
    {
      issuer: required('AUTH_ISSUER'),
      audience: required('AUTH_AUDIENCE'),
      jwksUri: required('AUTH_JWKS_URI'),
    },
    { http, clock: runtime.clock, logger: runtime.logger },
  );
  return tokens;
}

/** The queue of data packages. @throws Error naming a missing setting */
export function packageQueue(): ServiceBusQueue {
  queue ??= queueFromSettings(process.env, runtime);
  return queue;
}

async function start(): Promise<BusinessLayer> {
  const { clock } = runtime;
  const tables = tableStoreFromSettings(process.env, clock);
  await tables.createTables([ADJUSTMENT_LOG, LOG_DIRECTORY, SETTINGS_TABLE]);
  const settings = new SettingsStore({ tables, clock, maximumAgeMs: SETTINGS_AGE_MS });
  const file = process.env['ENVIRONMENT_SETTINGS_FILE'];
  if (file) await settings.seed(parseSettingsFile(file, JSON.parse(await readFile(file, 'utf8'))));
  return new BusinessLayer({
    tables,
    runtime,
    settings,
    schedules: new ScheduleStore(tables),
    queue: packageQueue(),
    secondsPerMinute: Number(process.env['SECONDS_PER_MINUTE'] ?? '60'),
    dynamics: ({ environmentId, inventoryVisibility, supplyChain }) => ({
      inventoryVisibility: new InventoryVisibilityClient({
        http,
        clock,
        environmentId,
        settings: inventoryVisibility,
        readSecret,
      }),
      supplyChain: new SupplyChainClient({
        http,
        clock,
        settings: supplyChain,
        tables,
        readSecret,
      }),
    }),
  });
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`App setting ${name} is missing.`);
  return value;
}
