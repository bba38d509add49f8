/**
 * Adjustment journals as entities: those of the business layer, and those of every adjustment journal. Properties and
 * keys as in the OData types of a real environment.
 */
import { EXPECTED_STATUS, NO_YES } from './entitySet.ts';
import type { EntitySet, PropertyType, Row } from './entitySet.ts';
import { DIMENSION_NAMES, journals, LINE_PROPERTIES, lineRow, lines, postedColumns } from './journalRows.ts';
import type { Journal } from '../journalRecords.ts';

const HEADER_PROPERTIES: Readonly<Record<string, PropertyType>> = {
  dataAreaId: 'string',
  JournalNumber: 'string',
  JournalNameId: 'string',
  Description: 'string',
  IsPosted: NO_YES,
  PostedDateTime: 'dateTime',
  PostedUserId: 'string',
  AreLinesDeletedAfterPosting: NO_YES,
};

/** A header of the generic entity, whichever entity made it. */
export function headerRow(journal: Journal): Row {
  return {
    dataAreaId: journal.company.toLowerCase(),
    JournalNumber: journal.journalNumber,
    JournalNameId: journal.journalNameId,
    Description: journal.description,
    IsPosted: journal.posting ? 'Yes' : 'No',
    ...postedColumns(journal),
    AreLinesDeletedAfterPosting: journal.linesDeletedAfterPosting ? 'Yes' : 'No',
  };
}

export const JOURNAL_ENTITY_SETS: readonly EntitySet[] = [
  {
    name: 'InventoryServiceAdjustmentJournalHeaders',
    type: 'InventoryServiceAdjustmentJournalHeader',
    key: ['dataAreaId', 'JournalNumber'],
    journalProperty: 'JournalNumber',
    properties: { ...HEADER_PROPERTIES, InventoryServiceJournalExpectedStatus: EXPECTED_STATUS },
    *rows(erp, hint) {
      for (const journal of journals(erp, hint)) {
        if (journal.expectedStatus === undefined) continue;
        yield { ...headerRow(journal), InventoryServiceJournalExpectedStatus: journal.expectedStatus };
      }
    },
  },
  {
    name: 'InventoryServiceAdjustmentJournalEntries',
    type: 'InventoryServiceAdjustmentJournalEntry',
    key: ['dataAreaId', 'InventoryServiceTransactionId'],
    journalProperty: 'JournalNumber',
    transactionProperty: 'InventoryServiceTransactionId',
    properties: { dataAreaId: 'string', InventoryServiceTransactionId: 'string', ...LINE_PROPERTIES },
    *rows(erp, hint) {
      for (const line of lines(erp, hint)) {
        if (line.transactionId === '') continue;
        yield {
          dataAreaId: line.company.toLowerCase(),
          InventoryServiceTransactionId: line.transactionId,
          ...lineRow(erp, line),
        };
      }
    },
  },
  {
    name: 'InventoryAdjustmentJournalHeaders',
    type: 'InventoryAdjustmentJournalHeader',
    key: ['dataAreaId', 'JournalNumber'],
    journalProperty: 'JournalNumber',
    properties: HEADER_PROPERTIES,
    *rows(erp, hint) {
      for (const journal of journals(erp, hint)) yield headerRow(journal);
    },
  },
  {
    name: 'InventoryAdjustmentJournalEntriesV2',
    type: 'InventoryAdjustmentJournalEntryV2',
    key: ['dataAreaId', 'JournalNumber', 'ItemNumber', ...DIMENSION_NAMES, 'LineNumber'],
    journalProperty: 'JournalNumber',
    properties: { dataAreaId: 'string', ...LINE_PROPERTIES },
    *rows(erp, hint) {
      for (const line of lines(erp, hint)) {
        yield { dataAreaId: line.company.toLowerCase(), ...lineRow(erp, line) };
      }
    },
  },
];
