/**
 * Follows the message of a recurring data job, or an execution that was begun by ImportFromPackage, to the end of its
 * import. Source: "Recurring integrations" and "Data management package REST API".
 */
import { excerpt, printable } from '../dynamics/answerJson.ts';
import type { HttpClient } from '../http/httpClient.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { errorText } from './dynamicsRequests.ts';
import type { DynamicsRequests } from './dynamicsRequests.ts';
import { readErrorFiles } from './errorFiles.ts';
import { parseExecutionErrors } from './executionErrors.ts';
import { readImportedRows } from './importedRows.ts';
import { parseExecutionStatus, parseMessageStatus } from './messageStatus.ts';
import type { ExecutionStatus, MessageStatus } from './messageStatus.ts';
import { equals, readAllPages } from './odata.ts';
import type { ImportError, ImportStatus } from './supplyChain.ts';

const DEPENDENCY = 'Supply Chain Management';
const NO_EXECUTION = '00000000-0000-0000-0000-000000000000';
const GUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;

export interface ImportQuestions {
  readonly requests: DynamicsRequests;
  /** For files, which are not read with the token. */
  readonly http: HttpClient;
  /** Labels of the entities that packages hold. */
  readonly entities: readonly string[];
  /** The label among them of the entity of lines. */
  readonly lineEntity: string;
}

/**
 * How far SCM is with a message. Final only when the message has ended *and* its execution has: a message that is
 * still being processed may be queued again by SCM itself, and an execution that is `Unknown` may still succeed.
 * A message that failed before it had an execution is final as well.
 *
 * @throws DependencyError
 */
export async function readImportStatus(
  context: ImportQuestions,
  token: AccessToken,
  messageId: string,
): Promise<ImportStatus> {
  const { requests } = context;
  const message = await messageStatus(requests, token, messageId);
  const messageStatusName = message.name;
  const executionId = await executionIdOf(requests, token, messageId);
  if (executionId === undefined) {
    return message.stage === 'failed'
      ? {
          kind: 'final',
          messageStatus: messageStatusName,
          succeeded: false,
          errors: [{ message: `message ${messageId} ended as ${message.name} before anything was imported` }],
        }
      : { kind: 'pending', messageStatus: messageStatusName };
  }
  const execution =
    message.stage === 'underWay' ? undefined : await executionStatus(requests, token, executionId);
  if (!execution || execution.stage === 'underWay') {
    return { kind: 'pending', messageStatus: messageStatusName, executionId };
  }
  const end = { kind: 'final', messageStatus: messageStatusName, executionId } as const;
  if (message.stage === 'ended' && execution.stage === 'succeeded')
    return { ...end, succeeded: true, errors: [] };
  return {
    ...end,
    succeeded: false,
    ...(await failureOf(context, token, messageId, executionId, execution)),
  };
}

/**
 * How far SCM is with an execution that has no message; undefined while it has no record of it, neither as an execution
 * nor among the jobs. @throws DependencyError
 */
export async function readExecution(
  context: ImportQuestions,
  token: AccessToken,
  executionId: string,
): Promise<ImportStatus | undefined> {
  const { requests } = context;
  const execution = await executionStatus(requests, token, executionId);
  if (!execution) {
    const jobs = await readAllPages(requests, token, {
      entity: 'DataManagementExecutionJobDetails',
      select: ['JobId', 'EntityName'],
      filter: equals('JobId', executionId),
    });
    return jobs && jobs.length > 0 ? { kind: 'pending', messageStatus: 'NotRun', executionId } : undefined;
  }
  const messageStatus = execution.name;
  if (execution.stage === 'underWay') return { kind: 'pending', messageStatus, executionId };
  const end = { kind: 'final', messageStatus, executionId } as const;
  if (execution.stage === 'succeeded') return { ...end, succeeded: true, errors: [] };
  return {
    ...end,
    succeeded: false,
    ...(await failureOf(context, token, executionId, executionId, execution)),
  };
}

/** What an execution that did not succeed says of its errors, and of the lines it brought in all the same. */
async function failureOf(
  context: ImportQuestions,
  token: AccessToken,
  messageId: string,
  executionId: string,
  execution: ExecutionStatus,
): Promise<{ readonly errors: ImportError[]; readonly importedLines?: number }> {
  const errors = await errorsOf(context, token, messageId, executionId, execution);
  const importedLines = await readImportedRows(context.requests, token, executionId, context.lineEntity);
  return importedLines === undefined ? { errors } : { errors, importedLines };
}

/** The errors of an execution that did not succeed; at least one. */
async function errorsOf(
  { requests, http, entities }: ImportQuestions,
  token: AccessToken,
  messageId: string,
  executionId: string,
  execution: ExecutionStatus,
): Promise<ImportError[]> {
  const errors = await executionErrors(requests, token, messageId, executionId);
  if (!errors.some(({ aggregatedLineId }) => aggregatedLineId !== undefined)) {
    const rows = await readErrorFiles(requests, http, token, executionId, entities);
    errors.push(...rows.map((row) => naming('', row, row, [messageId, executionId])));
  }
  if (errors.length > 0) return errors;
  const page = await summaryPage(requests, token, executionId);
  const where = page === undefined ? '' : `; see ${page}`;
  return [{ message: `execution ${executionId} ended as ${execution.name} without naming an error${where}` }];
}

async function messageStatus(
  requests: DynamicsRequests,
  token: AccessToken,
  messageId: string,
): Promise<MessageStatus> {
  const response = await requests.action(token, 'GetMessageStatus', { messageId });
  const status = parseMessageStatus(requests.record(response, 'GetMessageStatus').value);
  if (status) return status;
  throw new DependencyError(DEPENDENCY, `GetMessageStatus: the answer for ${messageId} names no status`);
}

async function executionIdOf(
  requests: DynamicsRequests,
  token: AccessToken,
  messageId: string,
): Promise<string | undefined> {
  // The parameter's name does begin with an underscore.
  const response = await requests.action(token, 'GetExecutionIdByMessageId', { _messageId: messageId });
  const { value } = requests.record(response, 'GetExecutionIdByMessageId');
  if (value === null || value === undefined || value === '' || value === NO_EXECUTION) return undefined;
  if (typeof value === 'string' && value.length <= 200) return value;
  throw new DependencyError(DEPENDENCY, `GetExecutionIdByMessageId: the answer for ${messageId} is no id`);
}

/** Undefined while SCM has no record of the execution: it answers 400 "… were not found" until the batch made one. */
async function executionStatus(
  requests: DynamicsRequests,
  token: AccessToken,
  executionId: string,
): Promise<ExecutionStatus | undefined> {
  const response = await requests.action(token, 'GetExecutionSummaryStatus', { executionId });
  if (response.status === 400 && /not found/i.test(excerpt(response.body, 2000))) return undefined;
  const status = parseExecutionStatus(requests.record(response, 'GetExecutionSummaryStatus').value);
  if (status) return status;
  throw new DependencyError(
    DEPENDENCY,
    `GetExecutionSummaryStatus: the answer for ${executionId} names no status`,
  );
}

async function executionErrors(
  requests: DynamicsRequests,
  token: AccessToken,
  messageId: string,
  executionId: string,
): Promise<ImportError[]> {
  const response = await requests.action(token, 'GetExecutionErrors', { executionId });
  // The import has ended all the same; its history may have been cleaned up.
  if (response.status !== 200) {
    return [{ message: `the errors of execution ${executionId} cannot be read: ${errorText(response)}` }];
  }
  const { value } = requests.record(response, 'GetExecutionErrors');
  return parseExecutionErrors(typeof value === 'string' ? value : '').map((error) => {
    const field = error.field === '' || error.message.includes(error.field) ? '' : `${error.field}: `;
    return naming(error.recordId, error.message, field + error.message, [messageId, executionId]);
  });
}

/** An error, with the line that record or text name: by a GUID that is none of the `others`. */
function naming(record: string, text: string, message: string, others: readonly string[]): ImportError {
  const aggregatedLineId = `${record} ${text}`
    .match(GUID)
    ?.map((guid) => guid.toLowerCase())
    .find((guid) => !others.some((other) => other.toLowerCase() === guid));
  const shown = printable(message, 500);
  if (aggregatedLineId !== undefined) return { aggregatedLineId, message: shown };
  return record === '' ? { message: shown } : { record, message: shown };
}

/** Where a person can look; undefined when SCM does not say. @throws DependencyError */
async function summaryPage(
  requests: DynamicsRequests,
  token: AccessToken,
  executionId: string,
): Promise<string | undefined> {
  const response = await requests.action(token, 'GetExecutionSummaryPageUrl', { executionId });
  const { value } = response.status === 200 ? requests.record(response, 'GetExecutionSummaryPageUrl') : {};
  return typeof value === 'string' && URL.canParse(value) ? printable(value, 300) : undefined;
}
