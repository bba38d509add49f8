/**
 * The actions bound to DataManagementDefinitionGroups. Sources: data-management-api.md, recurring-integrations.md
 * (message status), and clients in public repositories for GetExecutionSummaryPageUrl.
 */
import { randomUUID } from 'node:crypto';
import type { SharedAccess } from '../blob/sharedAccess.ts';
import { Refusal } from '../http/exchange.ts';
import type { Faults } from '../http/faults.ts';
import type { World } from '../state/world.ts';
import { ActionParameters } from './actionParameters.ts';
import { errorFile } from './errorFile.ts';
import { acceptPackage } from './importFromPackage.ts';
import type { ImportFromPackageRules } from './importFromPackage.ts';
import type { EntityExecution, Execution, ExecutionError } from './importRecords.ts';
import { messageOf, visibleExecutionId } from './messageStatus.ts';

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Every action there is; `$metadata` lists them. */
export const ACTIONS = [
  'GetAzureWriteUrl',
  'ImportFromPackage',
  'ImportFromPackageAsync',
  'GetMessageStatus',
  'GetExecutionIdByMessageId',
  'GetExecutionSummaryStatus',
  'GetExecutionSummaryPageUrl',
  'GetExecutionErrors',
  'GetImportStagingErrorFileUrl',
  'GenerateImportTargetErrorKeysFile',
  'GetImportTargetErrorKeysFileUrl',
] as const;

export interface ActionSetUp {
  /** `…/scm` */
  readonly url: string;
  readonly world: World;
  readonly faults: Faults;
  readonly access: SharedAccess;
  readonly rules: ImportFromPackageRules;
  readonly now: () => number;
}

/** The result is the answer's `value`. @throws Refusal 400, 403, 404 or 500 */
export function runAction(name: string, body: unknown, setUp: ActionSetUp): string | boolean {
  const { world, faults, access } = setUp;
  const { erp } = world;
  const action = ACTIONS.find((known) => known === name);
  if (!action) throw new Refusal(404, `No HTTP resource was found for action "${name}".`);
  const parameters = new ActionParameters(action, body);
  switch (action) {
    case 'GetAzureWriteUrl': {
      const BlobUrl = access.address(parameters.text('uniqueFileName'), 'rw');
      return JSON.stringify({ BlobId: `{${randomUUID().toUpperCase()}}`, BlobUrl });
    }
    case 'ImportFromPackage':
    case 'ImportFromPackageAsync': {
      const accepted = acceptPackage(action, parameters, erp, access, setUp.rules, setUp.now());
      world.commit({ kind: 'erp', change: accepted.change });
      return accepted.executionId;
    }
    case 'GetMessageStatus': {
      const { status } = messageOf(erp, parameters.text('messageId'));
      return faults.take('messageStatus')?.status ?? status;
    }
    case 'GetExecutionIdByMessageId':
      return visibleExecutionId(messageOf(erp, parameters.text('_messageId'))) ?? NO_ID;
    case 'GetExecutionSummaryStatus': {
      const { status } = executionOf(parameters, setUp);
      return faults.take('executionStatus')?.status ?? status;
    }
    case 'GetExecutionSummaryPageUrl': {
      const { executionId } = executionOf(parameters, setUp);
      return `${setUp.url}/?mi=DMFExecutionHistoryWorkspace&executionId=${encodeURIComponent(executionId)}`;
    }
    case 'GetExecutionErrors': {
      const { errors } = executionOf(parameters, setUp);
      const told = faults.take('noExecutionErrors') ? [] : errors;
      return faults.take('unescapedErrors') ? unescaped(told) : JSON.stringify(told);
    }
    case 'GetImportStagingErrorFileUrl': {
      const execution = executionOf(parameters, setUp);
      const rows = entitiesOf(execution, parameters).flatMap((entity) => entity.stagingErrors);
      if (rows.length === 0) return '';
      return storedFile(fileName(execution, parameters, 'staging'), errorFile(rows), setUp);
    }
    case 'GenerateImportTargetErrorKeysFile': {
      const execution = executionOf(parameters, setUp);
      const [first] = entitiesOf(execution, parameters);
      const rows = entitiesOf(execution, parameters).flatMap((entity) => entity.targetErrors);
      if (!first || rows.length === 0) return false;
      const errorKeyFiles = [...(execution.errorKeyFiles ?? []), first.entityName];
      world.commit({ kind: 'erp', change: { executions: [{ ...execution, errorKeyFiles }] } });
      return true;
    }
    case 'GetImportTargetErrorKeysFileUrl': {
      const execution = executionOf(parameters, setUp);
      const entities = entitiesOf(execution, parameters);
      if (faults.take('errorKeysNotReady')) return '';
      // Empty while the file is being generated, and for ever unless that was asked for.
      if (!entities.some(({ entityName }) => execution.errorKeyFiles?.includes(entityName))) return '';
      const rows = entities.flatMap((entity) => entity.targetErrors);
      return storedFile(fileName(execution, parameters, 'target'), errorFile(rows), setUp);
    }
  }
}

/** As practitioners see it on large lists: quotes and line ends inside the messages break the JSON. */
function unescaped(errors: readonly ExecutionError[]): string {
  const rows = errors.map(
    ({ RecordId, Field, ErrorMessage }) =>
      `{"RecordId":"${RecordId}","Field":"${Field}","ErrorMessage":"${ErrorMessage} Infolog: "Warning"\nUpdate has been canceled."}`,
  );
  return `[${rows.join(',')}]`;
}

/** An unknown execution is answered 400 "… were not found", as practitioners report. */
function executionOf(parameters: ActionParameters, { world, faults }: ActionSetUp): Execution {
  const executionId = parameters.text('executionId');
  const execution = world.erp.execution(executionId);
  if (!execution || execution.preprocessingFailed || faults.take('executionNotFound')) {
    throw new Refusal(400, `The execution details for "${executionId}" were not found.`);
  }
  return execution;
}

/** The data files of one entity, which may be several. @throws Refusal 400 where the package has none of it */
function entitiesOf(execution: Execution, parameters: ActionParameters): readonly EntityExecution[] {
  const name = parameters.text('entityName');
  const entities = execution.entities.filter(({ entityName }) => entityName === name);
  if (entities.length > 0) return entities;
  throw new Refusal(400, `Entity ${name} is not part of execution ${execution.executionId}.`);
}

function fileName(execution: Execution, parameters: ActionParameters, phase: string): string {
  return `${execution.executionId}-${parameters.text('entityName')}-${phase}-errors.csv`;
}

function storedFile(name: string, content: Uint8Array, { world, access, now }: ActionSetUp): string {
  const blob = { name, content: Buffer.from(content).toString('base64'), uploadedAt: now() };
  world.commit({ kind: 'erp', change: { blobs: [blob] } });
  return access.address(name, 'r');
}
