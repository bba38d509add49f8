/**
 * Imports one package: file by file, row by row, as one change of state. Rows fail by themselves; a file that cannot
 * be staged fails as a whole. Source of the states: data-management-api.md and recurring-integrations.md.
 */
import { openDataPackage, PackageError } from './package/dataPackage.ts';
import type { DataPackage, PackageEntity } from './package/dataPackage.ts';
import { DataFileError, readDataFile } from './package/dataFile.ts';
import type { StagingRow } from './package/dataFile.ts';
import type { EntityExecution, Erp, ErpChange, Execution, ExecutionError, Message } from './erp.ts';
import { ImportDraft } from './importDraft.ts';
import { journalFromRow, lineFromRow } from './importRows.ts';
import type { ImportRules } from './importRows.ts';
import type { PostingRules } from './postingJob.ts';
import { RowError, RowReader } from './stagingValues.ts';

export type ImportSettings = ImportRules & PostingRules;

/** Decides what the import of a message that is being processed changes, the message's end included. */
export function decideImport(erp: Erp, message: Message, settings: ImportSettings, now: number): ErpChange {
  const { zip, ...finished } = message;
  const execution = message.execution;
  if (!execution) throw new Error(`message ${message.messageId} is imported without an execution`);
  let content: DataPackage;
  try {
    content = openDataPackage(Buffer.from(zip ?? '', 'base64'));
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    const errors = [{ RecordId: '', Field: '', ErrorMessage: error.message }];
    const failed: Execution = { ...execution, status: 'Failed', completedAt: now, errors };
    return { messages: [{ ...finished, status: 'PreProcessingError', execution: failed }] };
  }
  const draft = new ImportDraft(erp, message.company, settings, now);
  const errors: ExecutionError[] = [];
  const entities = content.entities.map((entity) => importEntity(entity, draft, errors));
  const taken = entities.reduce((sum, entity) => sum + entity.created + entity.updated, 0);
  const status = errors.length === 0 ? 'Succeeded' : taken > 0 ? 'PartiallySucceeded' : 'Failed';
  return {
    ...draft.change(`create|${message.messageId}`),
    messages: [
      {
        ...finished,
        status: errors.length === 0 ? 'Processed' : 'ProcessedWithErrors',
        execution: {
          ...execution,
          definitionGroup: content.definitionGroup,
          status,
          completedAt: now,
          entities,
          errors,
        },
      },
    ],
  };
}

function importEntity(entity: PackageEntity, draft: ImportDraft, errors: ExecutionError[]): EntityExecution {
  const { label, keyColumn } = entity.format;
  let rows: StagingRow[];
  try {
    rows = readDataFile(entity);
  } catch (error) {
    if (!(error instanceof DataFileError)) throw error;
    errors.push({ RecordId: '', Field: '', ErrorMessage: error.message });
    return { entityName: label, stagingRecords: 0, created: 0, updated: 0, failed: 0 };
  }
  const counts = { created: 0, updated: 0, failed: 0 };
  const seen = new Set<string>();
  for (const row of rows) {
    const recordId = row.get(keyColumn) ?? '';
    try {
      if (seen.has(recordId.toLowerCase())) {
        throw new RowError(keyColumn, `Key '${recordId}' stands twice in file ${entity.fileName}.`);
      }
      seen.add(recordId.toLowerCase());
      counts[importRow(entity, new RowReader(row, entity.format), draft)] += 1;
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      counts.failed += 1;
      errors.push({ RecordId: recordId, Field: error.field, ErrorMessage: `${recordId}: ${error.message}` });
    }
  }
  return { entityName: label, stagingRecords: rows.length, ...counts };
}

function importRow(entity: PackageEntity, row: RowReader, draft: ImportDraft): 'created' | 'updated' {
  return entity.format.kind === 'headers'
    ? draft.putJournal(journalFromRow(row, draft))
    : draft.putLine(lineFromRow(row, draft));
}
