/**
 * Error files of an execution, asked for where the list of errors names no line: one of the rows that did not get into
 * staging, one of the keys that did not get from there into the entity. Source: "Data management package REST API"
 * (GetImportStagingErrorFileUrl, GenerateImportTargetErrorKeysFile, GetImportTargetErrorKeysFileUrl). What columns they
 * have is not documented, so each row is taken as text.
 */
import { printable } from '../dynamics/answerJson.ts';
import type { HttpClient } from '../http/httpClient.ts';
import { HttpFailure } from '../http/httpClient.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { isLoopback } from '../runtime/loopback.ts';
import type { DynamicsRequests } from './dynamicsRequests.ts';

const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_ROWS = 100_000;
const TIMEOUT_MS = 30_000;

/**
 * The rows of both files of the entities, as text. A file that is still being written, gone, or unreadable is left out:
 * the execution has ended all the same. @throws DependencyError when SCM cannot be asked
 */
export async function readErrorFiles(
  requests: DynamicsRequests,
  http: HttpClient,
  token: AccessToken,
  executionId: string,
  entities: readonly string[],
): Promise<string[]> {
  const rows: string[] = [];
  for (const entityName of entities) {
    const parameters = { executionId, entityName };
    const ask = async (action: string): Promise<unknown> => {
      const response = await requests.action(token, action, parameters);
      return response.status === 200 ? requests.record(response, action).value : undefined;
    };
    const urls = [await ask('GetImportStagingErrorFileUrl')];
    if ((await ask('GenerateImportTargetErrorKeysFile')) === true)
      urls.push(await ask('GetImportTargetErrorKeysFileUrl'));
    for (const url of urls) if (isFileUrl(url)) rows.push(...(await rowsOf(http, url)));
  }
  return rows.slice(0, MAX_ROWS);
}

function isFileUrl(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

/** The address carries its own permission; the token is not for the storage. */
async function rowsOf(http: HttpClient, url: string): Promise<string[]> {
  try {
    const { status, body } = await http.send({
      method: 'GET',
      url,
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_FILE_BYTES,
    });
    if (status !== 200) return [];
    const encoding = body[0] === 0xff && body[1] === 0xfe ? 'utf-16le' : 'utf-8';
    const [, ...rows] = new TextDecoder(encoding).decode(body).split(/\r\n|\n/);
    return rows.filter((row) => row.trim() !== '').map((row) => printable(row, 500));
  } catch (error) {
    if (error instanceof HttpFailure) return [];
    throw error;
  }
}
