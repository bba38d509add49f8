/** The entity sets of `/data`. */
import { DATA_MANAGEMENT_ENTITY_SETS } from './dataManagementEntitySets.ts';
import type { EntitySet } from './entitySet.ts';
import { JOURNAL_ENTITY_SETS } from './journalEntitySets.ts';
import { MASTER_DATA_ENTITY_SETS } from './masterDataEntitySets.ts';
import { TABLE_ENTITY_SETS } from './tableEntitySets.ts';

export const ENTITY_SETS: readonly EntitySet[] = [
  ...JOURNAL_ENTITY_SETS,
  ...TABLE_ENTITY_SETS,
  ...DATA_MANAGEMENT_ENTITY_SETS,
  ...MASTER_DATA_ENTITY_SETS,
];
