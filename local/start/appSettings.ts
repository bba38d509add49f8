/** The app settings of the functions in a local run. */
import { API_AUDIENCE } from './dynamicsSetUp.ts';

export interface LocalAddresses {
  readonly tablesConnection: string;
  readonly serviceBusConnection: string;
  /** Without `/v2.0` at its end. */
  readonly issuer: string;
  readonly clientSecret: string;
  readonly environmentFile: string;
  readonly storageFullFile: string;
}

export function appSettings(addresses: LocalAddresses): Record<string, string> {
  return {
    TABLES_CONNECTION: addresses.tablesConnection,
    SERVICE_BUS_CONNECTION: addresses.serviceBusConnection,
    ENVIRONMENT_SETTINGS_FILE: addresses.environmentFile,
    AUTH_ISSUER: `${addresses.issuer}/v2.0`,
    AUTH_AUDIENCE: API_AUDIENCE,
    AUTH_JWKS_URI: `${addresses.issuer}/discovery/v2.0/keys`,
    DYNAMICS_CLIENT_SECRET: addresses.clientSecret,
    STORAGE_FULL_FILE: addresses.storageFullFile,
    // One after another, so that a line passes every hop within a minute.
    SYNC_CACHE_SCHEDULE: '*/15 * * * * *',
    PACKAGE_JOURNALS_SCHEDULE: '5/15 * * * * *',
    TRACK_JOURNALS_SCHEDULE: '10/15 * * * * *',
    APPLY_RETENTION_SCHEDULE: '0 17 * * * *',
    AUDIT_LOGS_SCHEDULE: '30 */10 * * * *',
    SECONDS_PER_MINUTE: '10',
  };
}
