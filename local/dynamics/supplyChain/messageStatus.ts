/**
 * What is told of messages and executions. Sources: recurring-integrations.md, data-management-api.md (actions), and
 * the contracts of microsoft/Recurring-Integrations-Scheduler (job status, numbers of the states).
 */
import { isObject, property } from '../exactJson.ts';
import { Refusal } from '../http/exchange.ts';
import type { Erp, Execution, Message, MessageStatus } from './erp.ts';

const NO_ID = '00000000-0000-0000-0000-000000000000';
const NO_DATE = '0001-01-01T00:00:00Z';

/** DataJobState of the scheduler's contracts. */
const STATE_NUMBERS: Readonly<Record<MessageStatus, number>> = {
  Enqueued: 0,
  Processing: 4,
  Processed: 5,
  ProcessedWithErrors: 6,
  PostProcessingFailed: 7,
  PreProcessingError: 8,
};

/** An action bound to DataManagementDefinitionGroups; its result is the answer's `value`. @throws Refusal 400, 404 */
export function runAction(name: string, body: unknown, erp: Erp): string {
  const parameters = isObject(body) ? body : {};
  const parameter = (key: string): string => {
    const value = property(parameters, key);
    if (typeof value === 'string' && value !== '') return value;
    throw new Refusal(400, `The parameter "${key}" of ${name} is missing.`);
  };
  switch (name) {
    case 'GetMessageStatus':
      return messageOf(erp, parameter('messageId')).status;
    case 'GetExecutionIdByMessageId':
      return visibleExecution(messageOf(erp, parameter('_messageId')))?.executionId ?? NO_ID;
    case 'GetExecutionSummaryStatus':
      return executionOf(erp, parameter('executionId')).status;
    case 'GetExecutionErrors':
      return JSON.stringify(executionOf(erp, parameter('executionId')).errors);
    default:
      throw new Refusal(404, `No HTTP resource was found for action "${name}".`);
  }
}

/** `GET /api/connector/jobstatus/{activityId}?jobId={messageId}`. @throws Refusal 404 */
export function jobStatus(erp: Erp, activityId: string, messageId: string): unknown {
  const message = messageOf(erp, messageId);
  if (message.activityId.toLowerCase() !== activityId.toLowerCase()) {
    throw new Refusal(404, `Activity ${activityId} has no message ${messageId}.`);
  }
  const { execution } = message;
  return {
    DataJobStatus: {
      DataProject: execution?.definitionGroup ?? '',
      DataJobIdentifier: message.messageId,
      ExternalIdentifier: message.externalIdentifier ?? '',
      ExecutionIdentifier: visibleExecution(message)?.executionId ?? '',
      DataJobStartedDateTime: dateTime(execution?.startedAt),
      DataJobCompletedDateTime: dateTime(execution?.completedAt),
      DataJobState: STATE_NUMBERS[message.status],
    },
    ExecutionLog: (execution?.errors ?? []).map((error) => error.ErrorMessage).join('\n'),
    ExecutionDetail: (execution?.entities ?? []).map((entity) => ({
      EntityName: entity.entityName,
      Company: message.company.toLowerCase(),
      StagingRecords: entity.stagingRecords,
      StagingStatus: entity.stagingRecords > 0 ? 'Finished' : 'Error',
      StagingErrorCount: 0,
      TargetRecords: entity.created + entity.updated,
      TargetStatus: entity.failed > 0 ? 'Error' : 'Finished',
      TargetErrorCount: entity.failed,
      ExecutionStartedDateTime: dateTime(execution?.startedAt),
      ExecutionCompletedDateTime: dateTime(execution?.completedAt),
    })),
  };
}

/** A package that could not be opened never became an execution. */
function visibleExecution(message: Message): Execution | undefined {
  return message.status === 'PreProcessingError' ? undefined : message.execution;
}

function messageOf(erp: Erp, messageId: string): Message {
  const message = erp.messages.get(messageId.toLowerCase());
  if (!message) throw new Refusal(404, `Message ${messageId} was not found.`);
  return message;
}

/** An unknown execution is answered 400 "… were not found", as practitioners report. */
function executionOf(erp: Erp, executionId: string): Execution {
  for (const message of erp.messages.values()) {
    const execution = visibleExecution(message);
    if (execution && execution.executionId.toLowerCase() === executionId.toLowerCase()) return execution;
  }
  throw new Refusal(400, `The execution details for "${executionId}" were not found.`);
}

function dateTime(milliseconds: number | undefined): string {
  return milliseconds === undefined ? NO_DATE : new Date(milliseconds).toISOString();
}
