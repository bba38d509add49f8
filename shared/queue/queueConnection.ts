/** Connects the queue by the app settings SERVICE_BUS_CONNECTION or SERVICE_BUS_CONNECTION__fullyQualifiedNamespace. */
import { ServiceBusClient } from '@azure/service-bus';
import { isLoopback } from '../runtime/loopback.ts';
import type { Clock, Entropy } from '../runtime/ports.ts';
import { serviceBusQueue } from './serviceBusQueue.ts';
import type { ServiceBusQueue } from './serviceBusQueue.ts';

const IDENTITY_SETTING = 'SERVICE_BUS_CONNECTION__clientId';

/**
 * The queue that the app settings name: a connection string in `SERVICE_BUS_CONNECTION`, or a namespace in
 * `SERVICE_BUS_CONNECTION__fullyQualifiedNamespace` that is signed in to with the managed identity
 * (`SERVICE_BUS_CONNECTION__clientId` picks a user-assigned one). Connects at the first send.
 * @throws Error naming the setting when none is given or when it would send data in the clear to another machine.
 */
export function queueFromSettings(
  settings: Readonly<Record<string, string | undefined>>,
  runtime: { readonly clock: Clock; readonly entropy: Entropy },
): ServiceBusQueue {
  const { clock, entropy } = runtime;
  const connectionString = settings.SERVICE_BUS_CONNECTION;
  if (connectionString) {
    checkConnectionString(connectionString);
    return serviceBusQueue({
      clock,
      entropy,
      connect: async (options) => new ServiceBusClient(connectionString, options),
    });
  }
  const namespace = settings.SERVICE_BUS_CONNECTION__fullyQualifiedNamespace;
  if (!namespace) {
    throw new Error(
      'app setting SERVICE_BUS_CONNECTION is missing; set it to a connection string, or SERVICE_BUS_CONNECTION__fullyQualifiedNamespace to NAMESPACE.servicebus.windows.net',
    );
  }
  const clientId = settings[IDENTITY_SETTING];
  return serviceBusQueue({
    clock,
    entropy,
    connect: async (options) => {
      // The identity library is large and only Azure needs it.
      const { DefaultAzureCredential } = await import('@azure/identity');
      const credential = new DefaultAzureCredential(clientId ? { managedIdentityClientId: clientId } : {});
      return new ServiceBusClient(namespace, credential, options);
    },
  });
}

/** The emulator's flag switches encryption off, which only this machine may be talked to in. */
function checkConnectionString(connectionString: string): void {
  if (!/(^|;)\s*UseDevelopmentEmulator=true/i.test(connectionString)) return;
  const endpoint = /(?:^|;)\s*Endpoint=([^;]*)/i.exec(connectionString)?.[1] ?? '';
  // URL keeps a host as it is only for the schemes it knows.
  const address = endpoint.trim().replace(/^sb:/i, 'http:');
  if (!URL.canParse(address) || !isLoopback(new URL(address).hostname)) {
    throw new Error(
      `app setting SERVICE_BUS_CONNECTION: UseDevelopmentEmulator=true sends in the clear, so its endpoint (${endpoint}) must be on this machine`,
    );
  }
}
