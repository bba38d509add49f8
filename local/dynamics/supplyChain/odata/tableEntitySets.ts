/** The journal tables themselves, to read only: posted or not, vouchers and lots. */
import { NumberText } from '../../exactJson.ts';
import { EXPECTED_STATUS, NO_YES } from './entitySet.ts';
import type { EntitySet } from './entitySet.ts';
import { costAmount, dateOf, journals, lines, postedColumns } from './journalRows.ts';

export const TABLE_ENTITY_SETS: readonly EntitySet[] = [
  {
    name: 'InventoryJournalTableBiEntities',
    type: 'InventoryJournalTableBiEntity',
    key: ['dataAreaId', 'JournalId'],
    journalProperty: 'JournalId',
    properties: {
      dataAreaId: 'string',
      JournalId: 'string',
      JournalNameId: 'string',
      Description: 'string',
      Posted: NO_YES,
      PostedDateTime: 'dateTime',
      PostedUserId: 'string',
      NumOfLines: 'int',
      DeletePostedLines: NO_YES,
      SystemBlocked: NO_YES,
      InventoryServiceJournalExpectedStatus: EXPECTED_STATUS,
    },
    *rows(erp, hint) {
      for (const journal of journals(erp, hint)) {
        yield {
          dataAreaId: journal.company.toLowerCase(),
          JournalId: journal.journalNumber,
          JournalNameId: journal.journalNameId,
          Description: journal.description,
          Posted: journal.posting ? 'Yes' : 'No',
          ...postedColumns(journal),
          NumOfLines: new NumberText(String(erp.lineCountOf(journal.company, journal.journalNumber))),
          DeletePostedLines: journal.linesDeletedAfterPosting ? 'Yes' : 'No',
          SystemBlocked: 'No',
          InventoryServiceJournalExpectedStatus: journal.expectedStatus ?? 'None',
        };
      }
    },
  },
  {
    name: 'InventoryJournalTransBiEntities',
    type: 'InventoryJournalTransBiEntity',
    key: ['dataAreaId', 'JournalId', 'LineNum'],
    journalProperty: 'JournalId',
    transactionProperty: 'InventoryServiceTransactionId',
    properties: {
      dataAreaId: 'string',
      JournalId: 'string',
      LineNum: 'decimal',
      ItemId: 'string',
      TransDate: 'dateTime',
      Qty: 'decimal',
      CostPrice: 'decimal',
      CostAmount: 'decimal',
      Voucher: 'string',
      InventTransId: 'string',
      InventoryServiceTransactionId: 'string',
    },
    *rows(erp, hint) {
      for (const line of lines(erp, hint)) {
        const posting = erp.journal(line.company, line.journalNumber)?.posting;
        yield {
          dataAreaId: line.company.toLowerCase(),
          JournalId: line.journalNumber,
          LineNum: new NumberText(String(line.lineNumber)),
          ItemId: line.itemNumber,
          TransDate: dateOf(line),
          Qty: new NumberText(line.quantity),
          CostPrice: new NumberText(line.unitCost),
          CostAmount: costAmount(line),
          Voucher: posting?.voucher ?? '',
          InventTransId: posting ? line.lotId : '',
          InventoryServiceTransactionId: line.transactionId,
        };
      }
    },
  },
];
