/** Connects the table store by the app settings TABLES_CONNECTION or TABLES_CONNECTION__endpoint. */
import { TableClient } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import { isLoopback } from '../runtime/loopback.ts';
import type { Clock } from '../runtime/ports.ts';
import { azureTableStore } from './azureTableStore.ts';
import type { AzureTableStore } from './azureTableStore.ts';

const IDENTITY_SETTING = 'TABLES_CONNECTION__clientId';

/**
 * The store that the app settings name: a connection string in `TABLES_CONNECTION`, or an endpoint in
 * `TABLES_CONNECTION__endpoint` that is signed in to with the managed identity (`TABLES_CONNECTION__clientId` picks a
 * user-assigned one). `TABLE_NAME_PREFIX` stands before every table's name.
 * @throws Error naming the setting when none is given or when it would send data in the clear to another machine.
 */
export function tableStoreFromSettings(
  settings: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): AzureTableStore {
  const connectionString = settings.TABLES_CONNECTION;
  const endpoint = settings.TABLES_CONNECTION__endpoint;
  const tableNamePrefix = settings.TABLE_NAME_PREFIX ?? '';
  if (connectionString) {
    const insecure = connectionStringIsInsecure(connectionString);
    return azureTableStore({
      clock,
      tableNamePrefix,
      connect: (table) => TableClient.fromConnectionString(connectionString, table, clientOptions(insecure)),
    });
  }
  if (!endpoint) {
    throw new Error(
      'app setting TABLES_CONNECTION is missing; set it to a connection string, or TABLES_CONNECTION__endpoint to https://ACCOUNT.table.core.windows.net',
    );
  }
  if (!URL.canParse(endpoint)) {
    throw new Error(
      `app setting TABLES_CONNECTION__endpoint (${endpoint}) is not an address; use https://ACCOUNT.table.core.windows.net`,
    );
  }
  if (new URL(endpoint).protocol !== 'https:') {
    throw new Error(`app setting TABLES_CONNECTION__endpoint (${endpoint}) must begin with https://`);
  }
  const credential = lazyCredential(settings[IDENTITY_SETTING]);
  return azureTableStore({
    clock,
    tableNamePrefix,
    connect: (table) => new TableClient(endpoint, table, credential, clientOptions(false)),
  });
}

function clientOptions(allowInsecureConnection: boolean) {
  return { retryOptions: { maxRetries: 0 }, allowInsecureConnection };
}

/** Whether the connection string names plain HTTP, which only this machine may be talked to in. */
function connectionStringIsInsecure(connectionString: string): boolean {
  if (/(^|;)\s*UseDevelopmentStorage=true/i.test(connectionString)) return true;
  const value = (name: string) =>
    new RegExp(`(?:^|;)\\s*${name}=([^;]*)`, 'i').exec(connectionString)?.[1]?.trim();
  const endpoint = value('TableEndpoint');
  if (endpoint) {
    const { protocol, hostname } = new URL(endpoint);
    if (protocol === 'https:') return false;
    if (isLoopback(hostname)) return true;
    throw new Error(`app setting TABLES_CONNECTION: table endpoint ${endpoint} must begin with https://`);
  }
  if (value('DefaultEndpointsProtocol')?.toLowerCase() === 'http') {
    throw new Error('app setting TABLES_CONNECTION: DefaultEndpointsProtocol must be https');
  }
  return false;
}

/** The identity library is large and only Azure needs it, so it is loaded at the first token. */
function lazyCredential(clientId: string | undefined): TokenCredential {
  let credential: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes, options) {
      credential ??= import('@azure/identity').then(
        ({ DefaultAzureCredential }) =>
          new DefaultAzureCredential(clientId ? { managedIdentityClientId: clientId } : {}),
      );
      return (await credential).getToken(scopes, options);
    },
  };
}
