/** Service Bus clients by connection setting: one for all functions that name the same one. */
import { RetryMode, ServiceBusClient } from '@azure/service-bus';
import type { ServiceBusClientOptions } from '@azure/service-bus';
import { AppError } from './appError.ts';
import type { Environment } from './appSettings.ts';

/**
 * The SDK's default waits 30 s before it tries again after a lost connection. A broker that is started after the
 * host, or again, must be noticed within seconds.
 */
const options: ServiceBusClientOptions = {
  retryOptions: {
    maxRetries: 1,
    retryDelayInMs: 250,
    maxRetryDelayInMs: 2_000,
    mode: RetryMode.Exponential,
    timeoutInMs: 15_000,
  },
};

export class ServiceBusClients {
  readonly #environment: Environment;
  readonly #clients = new Map<string, ServiceBusClient>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /**
   * The client for a connection: the setting of that name is a connection string, or `<name>__fullyQualifiedNamespace`
   * names a namespace to reach with the process's identity.
   * @throws AppError when neither is set, or the connection string is malformed
   */
  async get(connection: string, functionName: string): Promise<ServiceBusClient> {
    const known = this.#clients.get(connection);
    if (known) return known;
    const client = await this.#create(connection, functionName);
    this.#clients.set(connection, client);
    return client;
  }

  async #create(connection: string, functionName: string): Promise<ServiceBusClient> {
    const connectionString = this.#environment[connection];
    const namespaceSetting = `${connection}__fullyQualifiedNamespace`;
    const namespace = this.#environment[namespaceSetting];
    try {
      if (connectionString) return new ServiceBusClient(connectionString, options);
      if (namespace) {
        // Loaded only here: it is large, and a local host seldom needs it.
        const { DefaultAzureCredential } = await import('@azure/identity');
        return new ServiceBusClient(namespace, new DefaultAzureCredential(), options);
      }
    } catch (error) {
      throw new AppError(
        `the Service Bus connection "${connection}" of function "${functionName}" cannot be used: ${(error as Error).message}`,
        { cause: error },
      );
    }
    throw new AppError(
      `function "${functionName}" uses the Service Bus connection "${connection}", which is not set; set ${connection} to a connection string or ${namespaceSetting} to a namespace`,
    );
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#clients.values()].map((client) => client.close()));
  }
}
