/** Storage that nothing may use: for parts that need it only in ways a test does not take. */
import { TableError, type TableStore } from '../../shared/tables/tableStore.ts';

const refuse = (): Promise<never> => Promise.reject(new TableError('invalid', 'there is no storage here'));

export const NO_TABLES: TableStore = {
  get: refuse,
  query: refuse,
  transact: refuse,
  createTables: refuse,
};
