/** The ports of one process over the simulated world: tables, clock and chance. */
import { DependencyError } from '../../../shared/runtime/dependencyError.ts';
import type { Runtime } from '../../../shared/runtime/ports.ts';
import { TableError, type TableStore } from '../../../shared/tables/tableStore.ts';
import type { Engine } from '../engine/engine.ts';
import type { Prng } from '../engine/prng.ts';
import type { Process } from '../engine/process.ts';
import type { MemoryTables } from '../memoryTableStore.ts';

/** Every message of an error that the simulator made up begins with this. */
export const MADE_UP = 'simulated:';

/** Gets to know which process writes, and which transactions are refused. */
export interface TableWatcher {
  writing(process: Process): void;
  refused(process: Process, label: string): void;
  landedLate(refused: boolean): void;
}

export function simulatedTables(
  engine: Engine,
  process: Process,
  tables: MemoryTables,
  prng: Prng,
  watcher: TableWatcher,
): TableStore {
  const failed = (label: string, writes: boolean) => (effectPossible: boolean) => {
    const failure = effectPossible
      ? prng.pick(['unknown', 'unknown', 'busy'] as const)
      : prng.pick(['unknown', 'busy', 'unreachable'] as const);
    throw new TableError(failure, `${MADE_UP} ${label}: ${failure}${writes ? '' : ' (read)'}`);
  };
  const call = <T>(label: string, writes: boolean, effect: () => T): Promise<T> =>
    engine.call<T>(process, { port: 'tables', label, writes, effect, failed: failed(label, writes) });
  return {
    get: (table, partitionKey, rowKey) =>
      call(`get ${table} ${rowKey}`, false, () => tables.get(table, partitionKey, rowKey)),
    query: (table, partitionKey, range) =>
      call(`query ${table} ${range.from}`, false, () => tables.query(table, partitionKey, range)),
    transact: (table, partitionKey, operations) => {
      const names = operations.map(({ kind, rowKey }) => `${kind[0] ?? ''}:${rowKey}`).join(' ');
      const label = `transact ${table} ${names}`;
      const effect = (): (string | undefined)[] => {
        watcher.writing(process);
        try {
          return tables.transact(table, partitionKey, operations);
        } catch (error) {
          watcher.refused(process, label);
          throw error;
        }
      };
      const landLate = (late: number) => ({
        after: late,
        act: () => {
          let refused = true;
          try {
            effect();
            refused = false;
          } finally {
            watcher.landedLate(refused);
          }
        },
      });
      return engine.call(process, {
        port: 'tables',
        label,
        writes: true,
        effect,
        failed: failed(label, true),
        landLate,
      });
    },
    createTables: (names) =>
      call('createTables', true, () => names.forEach((name) => tables.createTable(name))),
  };
}

export interface LoggedEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly reason: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function simulatedRuntime(
  engine: Engine,
  process: Process,
  prng: Prng,
  log: (entry: LoggedEntry) => void,
): Runtime {
  const entry =
    (level: LoggedEntry['level']) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (!process.alive) return;
      if (level !== 'debug')
        engine.trace.add(`${engine.now} ${process.name} ${level}: ${message} ${JSON.stringify(fields)}`);
      log({ level, message, reason: typeof fields['reason'] === 'string' ? fields['reason'] : '', fields });
    };
  return {
    clock: {
      now: () => engine.now + process.skew,
      sleep: (milliseconds, signal) => engine.sleep(process, milliseconds, signal),
    },
    entropy: {
      uuid: () => prng.uuid(),
      bytes: (length) => prng.bytes(length),
      fraction: () => prng.fraction(),
    },
    logger: { debug: entry('debug'), info: entry('info'), warn: entry('warn'), error: entry('error') },
  };
}

/** What a port throws when the simulator lets it fail. */
export function madeUpFailure(dependency: string, label: string): DependencyError {
  return new DependencyError(dependency, `${MADE_UP} ${label}`);
}
