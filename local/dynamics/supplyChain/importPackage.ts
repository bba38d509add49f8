/**
 * Imports one package: file by file, row by row, as one change of state. Rows fail by themselves; a file that cannot
 * be staged fails as a whole. Source of the states: data-management-api.md and recurring-integrations.md.
 */
import type { Faults } from '../http/faults.ts';
import { openDataPackage, PackageError } from './package/dataPackage.ts';
import type { DataPackage, PackageEntity } from './package/dataPackage.ts';
import { readDataFile } from './package/dataFile.ts';
import { DataFileError } from './package/dataFileError.ts';
import type { StagingRow } from './package/dataFileError.ts';
import type { Erp, ErpChange } from './erp.ts';
import { ImportDraft } from './importDraft.ts';
import type { EntityExecution, Execution, ExecutionError, ExecutionStatus } from './importRecords.ts';
import { journalFromRow, journalName, lineFromRow } from './importRows.ts';
import type { ImportRules } from './importRows.ts';
import type { PostingRules } from './postingJob.ts';
import { RowError, RowReader } from './stagingValues.ts';

export type ImportSettings = ImportRules & PostingRules;

/** The generic entity opens another journal after so many lines without a journal number. */
const LINES_PER_OPENED_JOURNAL = 1000;

export interface ImportOutcome {
  /** With the execution's end. */
  readonly change: ErpChange;
  readonly execution: Execution;
  /** False: the package could not be opened, so nothing of it was staged. */
  readonly opened: boolean;
}

/** @param execute false: the rows stay in staging */
export function decideImport(
  erp: Erp,
  zip: Uint8Array,
  execution: Execution,
  settings: ImportSettings,
  faults: Faults,
  now: number,
  execute = true,
): ImportOutcome {
  let content: DataPackage;
  try {
    content = openDataPackage(zip);
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    const errors = [{ RecordId: '', Field: '', ErrorMessage: error.message }];
    const failed: Execution = { ...execution, status: 'Failed', completedAt: now, errors };
    return { change: { executions: [failed] }, execution: failed, opened: false };
  }
  const draft = new ImportDraft(erp, execution.company, settings, faults, now);
  const errors: ExecutionError[] = [];
  const nothing = faults.take('importNothing') !== undefined;
  const target = nothing || !execute ? undefined : draft;
  const opened: OpenedJournals = new Map();
  const entities = content.entities.map((entity) => importEntity(entity, target, opened, errors));
  const finished: Execution = {
    ...execution,
    definitionGroup: execution.definitionGroup === '' ? content.definitionGroup : execution.definitionGroup,
    status: statusOf(entities, errors),
    completedAt: now,
    entities,
    errors,
  };
  return {
    change: { ...draft.change(`create|${execution.executionId}`), executions: [finished] },
    execution: finished,
    opened: true,
  };
}

function statusOf(entities: readonly EntityExecution[], errors: readonly ExecutionError[]): ExecutionStatus {
  if (errors.length === 0) return 'Succeeded';
  return entities.some(({ created, updated }) => created + updated > 0) ? 'PartiallySucceeded' : 'Failed';
}

/** Journals that lines without a journal number have opened: journal name → number. */
type OpenedJournals = Map<string, string>;

/** Brings a file to staging and on to the target; without `draft` it stays in staging. */
function importEntity(
  entity: PackageEntity,
  draft: ImportDraft | undefined,
  opened: OpenedJournals,
  errors: ExecutionError[],
): EntityExecution {
  const { label, keyColumn, keyColumns } = entity.format;
  const counts = { created: 0, updated: 0 };
  const failed = {
    staging: [] as { key: string; message: string }[],
    target: [] as { key: string; message: string }[],
  };
  const execution = (stagingRecords: number): EntityExecution => ({
    entityName: label,
    sourceFormat: entity.sourceFormat,
    stagingRecords,
    ...counts,
    stagingErrors: failed.staging,
    targetErrors: failed.target,
  });
  let rows: StagingRow[];
  try {
    rows = readDataFile(entity);
  } catch (error) {
    if (!(error instanceof DataFileError)) throw error;
    errors.push({ RecordId: '', Field: '', ErrorMessage: error.message });
    failed.staging.push({ key: '', message: error.message });
    return execution(0);
  }
  const seen = new Set<string>();
  for (const row of rows) {
    const key = row.get(keyColumn) ?? '';
    try {
      refuseTwice(seen, keyColumns.map((name) => row.get(name) ?? '').join('|'), keyColumn, entity);
      const outcome = draft ? importRow(entity, new RowReader(row, entity.format), opened, draft) : undefined;
      if (outcome !== undefined) counts[outcome] += 1;
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      failed[error.phase].push({ key, message: error.message });
      errors.push({ RecordId: key, Field: error.field, ErrorMessage: `${key}: ${error.message}` });
    }
  }
  return execution(rows.length);
}

/** A key may stand once in a file (DMF1959, DMF2057). @throws RowError */
function refuseTwice(seen: Set<string>, key: string, keyColumn: string, { fileName }: PackageEntity): void {
  // Lines that number themselves have no key of their own yet.
  if (keyColumn === 'LINENUMBER' && key.endsWith('|')) return;
  const folded = key.toUpperCase();
  if (seen.has(folded)) {
    throw new RowError(keyColumn, `Key '${key}' stands twice in file ${fileName}.`, 'staging');
  }
  seen.add(folded);
}

function importRow(
  { format }: PackageEntity,
  row: RowReader,
  opened: OpenedJournals,
  draft: ImportDraft,
): 'created' | 'updated' {
  if (format.kind === 'headers') {
    const journal = journalFromRow(row, format, draft);
    return journal ? draft.putJournal(journal) : 'updated';
  }
  const item = row.text('ITEMNUMBER').toLowerCase();
  const fault = draft.faults.take('failRow', (rule) => (rule.productId?.toLowerCase() ?? item) === item);
  if (fault) throw new RowError(fault.field ?? 'ITEMNUMBER', fault.message);
  const given = row.text('JOURNALNUMBER');
  if (given === '' && format.profile === 'service') row.requiredText('JOURNALNUMBER');
  const change = lineFromRow(row, format, given === '' ? openedJournal(row, opened, draft) : given, draft);
  return change ? draft.putLine(change.line, change.before) : 'updated';
}

/** The generic entity opens journals by itself where the file gives no number. */
function openedJournal(row: RowReader, opened: OpenedJournals, draft: ImportDraft): string {
  const journalNameId = journalName(row, draft.rules);
  const name = journalNameId.toUpperCase();
  const current = opened.get(name);
  if (current !== undefined && draft.lineCount(current) < LINES_PER_OPENED_JOURNAL) return current;
  const journalNumber = draft.nextJournalNumber();
  draft.putJournal({ company: draft.company, journalNumber, journalNameId, description: '' });
  opened.set(name, journalNumber);
  return journalNumber;
}
