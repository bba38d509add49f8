/** Takes the place of the emulator while mutants are tried: tables in memory, which pass the same conformance suite. */
import type { TableStore } from '../../shared/tables/tableStore.ts';
import { memoryTableStore } from '../simulator/memoryTableStore.ts';

export function useAzurite(): { store(): TableStore } {
  return { store: () => memoryTableStore() };
}
