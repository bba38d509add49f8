/** What an error of the Table Storage client says about the call: the one place where HTTP codes are interpreted. */
import { RestError } from '@azure/data-tables';
import { TableError } from './tableStore.ts';

/** Codes of a connection that was never made, so that nothing can have been written. */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** The error as a TableError; `call` names what was tried, e.g. `transaction on AdjustmentLog, partition x~usmf`. */
export function asTableError(error: unknown, table: string, call: string): TableError {
  if (error instanceof TableError) return error;
  const cause = { cause: error };
  const reason = firstLine(error instanceof Error ? error.message : String(error));
  if (!(error instanceof RestError)) return new TableError('unknown', `${call}: ${reason}`, cause);

  const code = serviceCode(error);
  const status = error.statusCode;
  const message = `${call}: ${[status, code, reason].filter((part) => part !== undefined).join(' ')}`;
  if (code !== undefined && NEVER_CONNECTED.has(code)) return new TableError('unreachable', message, cause);
  if (code === 'TableNotFound') {
    return new TableError('invalid', `${call}: table ${table} does not exist; create it first`, cause);
  }
  if (code === 'EntityAlreadyExists') return new TableError('exists', message, cause);
  if (code === 'TableBeingDeleted' || status === 429 || status === 503) {
    return new TableError('busy', message, cause);
  }
  if (status === 412) return new TableError('changed', message, cause);
  if (status === 404) return new TableError('missing', message, cause);
  if (status === 400 || status === 413) return new TableError('invalid', message, cause);
  return new TableError('unknown', message, cause);
}

/** Whether the call failed because its table does not exist. */
export function isTableMissing(error: TableError): boolean {
  return error.cause instanceof RestError && serviceCode(error.cause) === 'TableNotFound';
}

/** The service's error code, wherever the client put it: it differs between single calls and transactions. */
function serviceCode(error: RestError): string | undefined {
  const body = (error.response as { parsedBody?: { odataError?: { code?: unknown } } } | undefined)
    ?.parsedBody;
  const fromBody = body?.odataError?.code;
  if (typeof fromBody === 'string') return fromBody;
  const details = error.details as { odataError?: { code?: unknown } } | undefined;
  const fromDetails = details?.odataError?.code;
  return typeof fromDetails === 'string' ? fromDetails : error.code;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 300) ?? '';
}
