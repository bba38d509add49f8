/**
 * Azurite's table service inside this process, without its blob and queue services.
 *
 * Azurite's own programs cannot be used as they are: `azurite-table` does not print the port that the system chose,
 * neither notices that its parent is gone, and both load a telemetry library that takes most of a second although
 * telemetry is switched off. So its table server is started directly, and the telemetry library is left out.
 */
import { createRequire, enableCompileCache, Module } from 'node:module';
import { join } from 'node:path';

/** The part of Azurite's server class that is used here. */
interface AzuriteServer {
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}
type ServerClass = new (configuration: object) => AzuriteServer;
type ConfigurationClass = new (...settings: unknown[]) => object;

/** Azurite's name for the file, so that its own programs can open the folder as well. */
const DATABASE_FILE = '__azurite_db_table__.json';
const KEEP_ALIVE_SECONDS = 60;

export interface TableServiceOptions {
  /** Where the rows are kept; in memory only when absent. */
  readonly folder?: string;
  /** 0: the system chooses. */
  readonly port: number;
}

/** Starts the service on 127.0.0.1. Closing it writes everything to the folder. */
export async function startTableService(
  options: TableServiceOptions,
): Promise<{ port: number; close: () => Promise<void> }> {
  enableCompileCache();
  const require = createRequire(import.meta.resolve('azurite/package.json'));
  leaveOut(require, 'applicationinsights');
  const Server = defaultExport<ServerClass>(require('azurite/dist/src/table/TableServer'));
  const Configuration = defaultExport<ConfigurationClass>(
    require('azurite/dist/src/table/TableConfiguration'),
  );
  const server = new Server(
    new Configuration(
      '127.0.0.1',
      options.port,
      KEEP_ALIVE_SECONDS,
      join(options.folder ?? '.', DATABASE_FILE),
      false, // debug log
      false, // access log
      undefined, // where the access log would go
      undefined, // where the debug log would go
      false, // loose: refuse what it does not understand
      true, // accept API versions newer than itself
      undefined, // certificate
      undefined, // its key
      undefined, // its password
      undefined, // OAuth
      false, // product-style addresses
      options.folder === undefined,
    ),
  );
  await server.start();
  return { port: Number(new URL(server.getHttpServerAddress()).port), close: () => server.close() };
}

function defaultExport<T>(module: unknown): T {
  return (module as { default: T }).default;
}

/** Lets `require(name)` answer an empty module without loading the real one. */
function leaveOut(require: NodeJS.Require, name: string): void {
  const path = require.resolve(name);
  const empty = new Module(path);
  empty.loaded = true;
  require.cache[path] = empty;
}
