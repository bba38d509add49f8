/**
 * What is told of a message of the recurring data job. Sources: recurring-integrations.md, and the contracts of
 * microsoft/Recurring-Integrations-Scheduler (job status, numbers of the states).
 */
import { Refusal } from '../http/exchange.ts';
import type { Erp } from './erp.ts';
import type { Execution, Message, MessageStatus } from './importRecords.ts';

const NO_DATE = '0001-01-01T00:00:00Z';

/** DataJobState of the scheduler's contracts. */
const STATE_NUMBERS: Readonly<Record<MessageStatus, number>> = {
  Enqueued: 0,
  Dequeued: 1,
  Acked: 3,
  Processing: 4,
  Processed: 5,
  ProcessedWithErrors: 6,
  PostProcessingFailed: 7,
  PreProcessingError: 8,
  Preprocessing: 9,
};

/** `GET /api/connector/jobstatus/{activityId}?jobId={messageId}`. @throws Refusal 404 */
export function jobStatus(erp: Erp, activityId: string, messageId: string): unknown {
  const message = messageOf(erp, messageId);
  if (message.activityId.toLowerCase() !== activityId.toLowerCase()) {
    throw new Refusal(404, `Activity ${activityId} has no message ${messageId}.`);
  }
  const execution = erp.execution(message.executionId);
  return {
    DataJobStatus: {
      DataProject: execution?.definitionGroup ?? '',
      DataJobIdentifier: message.messageId,
      ExternalIdentifier: message.externalIdentifier ?? '',
      ExecutionIdentifier: visibleExecutionId(message) ?? '',
      DataJobStartedDateTime: dateTime(execution?.startedAt),
      DataJobCompletedDateTime: dateTime(execution?.completedAt),
      DataJobState: STATE_NUMBERS[message.status],
    },
    ExecutionLog: (execution?.errors ?? []).map((error) => error.ErrorMessage).join('\n'),
    ExecutionDetail: (execution?.entities ?? []).map((entity) => ({
      EntityName: entity.entityName,
      Company: message.company.toLowerCase(),
      StagingRecords: entity.stagingRecords,
      StagingStatus: entity.stagingErrors.length > 0 ? 'Error' : 'Finished',
      StagingErrorCount: entity.stagingErrors.length,
      TargetRecords: entity.created + entity.updated,
      TargetStatus: entity.targetErrors.length > 0 ? 'Error' : 'Finished',
      TargetErrorCount: entity.targetErrors.length,
      ExecutionStartedDateTime: dateTime(execution?.startedAt),
      ExecutionCompletedDateTime: dateTime(execution?.completedAt),
    })),
  };
}

/** A package that could not be opened never became an execution. */
export function visibleExecutionId(message: Message): string | undefined {
  return message.status === 'PreProcessingError' ? undefined : message.executionId;
}

/** @throws Refusal 404 */
export function messageOf(erp: Erp, messageId: string): Message {
  const message = erp.messages.get(messageId.toLowerCase());
  if (!message) throw new Refusal(404, `Message ${messageId} was not found.`);
  return message;
}

function dateTime(milliseconds: Execution['completedAt']): string {
  return milliseconds === undefined ? NO_DATE : new Date(milliseconds).toISOString();
}
