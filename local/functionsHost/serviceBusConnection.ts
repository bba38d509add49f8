/** How a Service Bus trigger reaches its namespace: from the connection setting that the trigger names. */
import { ServiceBusClient } from '@azure/service-bus';
import type { ServiceBusClientOptions } from '@azure/service-bus';
import { AppError } from './appError.ts';
import type { Environment } from './appSettings.ts';

/** Lost connections are replaced by the trigger itself (queueSession.ts), so the SDK tries an operation just twice. */
const options: ServiceBusClientOptions = {
  retryOptions: { maxRetries: 1, retryDelayInMs: 250, timeoutInMs: 15_000 },
};

/**
 * Makes clients for a connection: the setting of that name is a connection string, or
 * `<name>__fullyQualifiedNamespace` names a namespace to reach with the process's identity.
 * @throws AppError when neither is set, or the connection string is malformed
 */
export async function serviceBusConnection(
  connection: string,
  functionName: string,
  environment: Environment,
): Promise<() => ServiceBusClient> {
  const connectionString = environment[connection];
  const namespaceSetting = `${connection}__fullyQualifiedNamespace`;
  const namespace = environment[namespaceSetting];
  if (!connectionString && !namespace)
    throw new AppError(
      `function "${functionName}" uses the Service Bus connection "${connection}", which is not set; set ${connection} to a connection string or ${namespaceSetting} to a namespace`,
    );
  let connect: () => ServiceBusClient;
  if (connectionString) connect = () => new ServiceBusClient(connectionString, options);
  else {
    // Loaded only here: it is large, and a local host seldom needs it.
    const { DefaultAzureCredential } = await import('@azure/identity');
    const credential = new DefaultAzureCredential();
    connect = () => new ServiceBusClient(namespace ?? '', credential, options);
  }
  try {
    // A client opens no connection before it is used; making one checks the settings.
    await connect().close();
  } catch (error) {
    throw new AppError(
      `the Service Bus connection "${connection}" of function "${functionName}" cannot be used: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return connect;
}
