/** A planted bug that is made from the outside, by decorating a port. */
import type { InventoryVisibility } from '../../shared/inventoryVisibility/inventoryVisibility.ts';
import type { JournalPackageQueue } from '../../shared/queue/journalPackageQueue.ts';
import type { SupplyChain } from '../../shared/supplyChain/supplyChain.ts';
import type { TableStore } from '../../shared/tables/tableStore.ts';
import type { MemoryTables } from './memoryTableStore.ts';

export interface Plant {
  readonly tables?: (store: TableStore, memory: MemoryTables) => TableStore;
  readonly inventoryVisibility?: (port: InventoryVisibility) => InventoryVisibility;
  readonly supplyChain?: (port: SupplyChain) => SupplyChain;
  readonly queue?: (port: JournalPackageQueue) => JournalPackageQueue;
}
