/**
 * Data projects, executions and their counts per entity. Properties as in the OData types of a real environment and
 * as practitioners' scripts use them; statuses by the enumeration of microsoft/Recurring-Integrations-Scheduler.
 */
import { NumberText } from '../../exactJson.ts';
import type { Erp } from '../erp.ts';
import type { EntityExecution, Execution } from '../importRecords.ts';
import { NO_DATE } from './entitySet.ts';
import type { EntitySet, PropertyType, Row, RowHint } from './entitySet.ts';

const STATUS: PropertyType = { enum: 'DMFBatchJobStatus' };

export const DATA_MANAGEMENT_ENTITY_SETS: readonly EntitySet[] = [
  {
    name: 'DataManagementDefinitionGroups',
    type: 'DataManagementDefinitionGroup',
    key: ['Name'],
    properties: { Name: 'string', Description: 'string', OperationType: 'string', ProjectCategory: 'string' },
    *rows(erp) {
      for (const name of erp.projects.values()) {
        yield { Name: name, Description: '', OperationType: 'Import', ProjectCategory: 'Project' };
      }
    },
  },
  {
    name: 'DataManagementExecutionJobs',
    type: 'DataManagementExecutionJob',
    key: ['JobId'],
    jobProperty: 'JobId',
    properties: { JobId: 'string', Description: 'string' },
    *rows(erp, hint) {
      for (const { executionId, definitionGroup } of executions(erp, hint)) {
        yield { JobId: executionId, Description: definitionGroup };
      }
    },
  },
  {
    name: 'DataManagementExecutionJobDetails',
    type: 'DataManagementExecutionJobDetail',
    key: ['DefinitionGroupId', 'JobId', 'EntityName'],
    jobProperty: 'JobId',
    properties: {
      DefinitionGroupId: 'string',
      JobId: 'string',
      EntityName: 'string',
      SourceFormat: 'string',
      StagingStatus: STATUS,
      TargetStatus: STATUS,
      StagingRecordsToBeProcessedCount: 'int',
      StagingRecordsCreatedCount: 'int',
      TargetRecordsCreatedCount: 'int',
      TargetRecordsUpdatedCount: 'int',
      StagingStartDateTime: 'dateTime',
      TargetEndDateTime: 'dateTime',
    },
    *rows(erp, hint) {
      for (const execution of executions(erp, hint)) yield* details(execution);
    },
  },
];

function* executions(erp: Erp, { jobIds }: RowHint): Generator<Execution> {
  if (!jobIds) {
    yield* erp.executions.values();
    return;
  }
  for (const id of jobIds) {
    const execution = erp.execution(id);
    if (execution) yield execution;
  }
}

/** A row per entity: several files of one entity add up. */
function* details(execution: Execution): Generator<Row> {
  const byName = new Map<string, EntityExecution[]>();
  for (const entity of execution.entities) {
    byName.set(entity.entityName, [...(byName.get(entity.entityName) ?? []), entity]);
  }
  for (const [name, files] of byName) {
    const sum = (count: (file: EntityExecution) => number): NumberText =>
      new NumberText(String(files.reduce((total, file) => total + count(file), 0)));
    const failed = (errors: 'stagingErrors' | 'targetErrors'): string =>
      files.some((file) => file[errors].length > 0) ? 'Error' : 'Finished';
    yield {
      DefinitionGroupId: execution.definitionGroup,
      JobId: execution.executionId,
      EntityName: name,
      SourceFormat: files[0]?.sourceFormat ?? '',
      StagingStatus: failed('stagingErrors'),
      TargetStatus: failed('targetErrors'),
      StagingRecordsToBeProcessedCount: sum((file) => file.stagingRecords),
      StagingRecordsCreatedCount: sum((file) => file.stagingRecords - file.stagingErrors.length),
      TargetRecordsCreatedCount: sum((file) => file.created),
      TargetRecordsUpdatedCount: sum((file) => file.updated),
      StagingStartDateTime: instant(execution.startedAt),
      TargetEndDateTime: instant(execution.completedAt),
    };
  }
}

function instant(milliseconds: number | undefined): string {
  return milliseconds === undefined ? NO_DATE : new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
