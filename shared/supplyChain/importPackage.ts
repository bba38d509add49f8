/**
 * Transport `package`: uploads a data package to the storage that SCM names and has it imported under an execution id
 * of ours. Source: "Data management package REST API" (GetAzureWriteUrl, ImportFromPackage, ImportFromPackageAsync).
 */
import { createHash } from 'node:crypto';
import { isRecord, parseAnswer, printable } from '../dynamics/answerJson.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { isLoopback } from '../runtime/loopback.ts';
import { TableError } from '../tables/tableStore.ts';
import { readExecution } from './importStatus.ts';
import type { ImportQuestions } from './importStatus.ts';
import type { ImportSlot } from './importSlot.ts';
import { submit } from './sendAnswer.ts';
import type { SendContext } from './sendAnswer.ts';
import type { SendAnswer } from './supplyChain.ts';

const DEPENDENCY = 'Supply Chain Management';
const ACTIONS = '/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.';
/** Precedes execution ids of ours. */
const OWN_EXECUTION = 'IVBL-';
/** When another import has the project: how long to leave it alone. */
const BUSY_WAIT_MS = 15_000;

export interface ImportContext extends SendContext, ImportQuestions {
  readonly slot: ImportSlot;
  /** Name of the data project. */
  readonly project: string;
  readonly action: 'ImportFromPackage' | 'ImportFromPackageAsync';
  /** An import that SCM says nothing final of for so long no longer keeps others from the project. Milliseconds. */
  readonly slotHeldMs: number;
  /** Milliseconds for the upload, and for the import call. */
  readonly timeoutMs: number;
}

/** The execution id of a submission: the same whoever works it out, so that a lost answer can be looked up. */
export function executionIdOf(submissionId: string): string {
  return OWN_EXECUTION + createHash('sha256').update(submissionId).digest('hex').slice(0, 32);
}

export function isExecutionId(id: string): boolean {
  return id.startsWith(OWN_EXECUTION);
}

/** Never throws: every outcome is an answer. Until the import call itself nothing has an effect that counts. */
export async function importPackage(
  context: ImportContext,
  token: AccessToken,
  company: string,
  submissionId: string,
  zip: Uint8Array,
): Promise<SendAnswer> {
  const { slot, clock, slotHeldMs } = context;
  const executionId = executionIdOf(submissionId);
  try {
    const holder = await slot.take(executionId, async ({ executionId: other, since }) => {
      if (clock.now() - since >= slotHeldMs) return true;
      return (await readExecution(context, token, other))?.kind === 'final';
    });
    if (holder !== undefined)
      return {
        kind: 'noEffect',
        message: `data project ${context.project} is busy with execution ${holder}; it imports one package at a time`,
        retryAfterMs: BUSY_WAIT_MS,
        isBusy: true,
      };
    const blobUrl = await upload(context, token, submissionId, zip);
    const answer = await startImport(context, token, company, executionId, blobUrl);
    if (answer.kind === 'refused' || answer.kind === 'noEffect') await releaseQuietly(slot, executionId);
    return answer;
  } catch (error) {
    await releaseQuietly(slot, executionId);
    const retry = error instanceof DependencyError ? error.retryAfterMs : undefined;
    const message = printable(error instanceof Error ? error.message : String(error), 500);
    return { kind: 'noEffect', message, ...(retry === undefined ? {} : { retryAfterMs: retry }) };
  }
}

/** Puts the package where SCM says and gives that address: a secret for half an hour, never logged or stored. */
async function upload(
  { http, requests, timeoutMs }: ImportContext,
  token: AccessToken,
  submissionId: string,
  zip: Uint8Array,
): Promise<string> {
  const uniqueFileName = `${executionIdOf(submissionId)}.zip`;
  const asked = await requests.action(token, 'GetAzureWriteUrl', { uniqueFileName });
  const blobUrl = readBlobUrl(requests.record(asked, 'GetAzureWriteUrl').value);
  // The address carries its own permission; the token is not for the storage.
  const stored = await http
    .send({
      method: 'PUT',
      url: blobUrl,
      headers: { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/zip' },
      body: zip,
      timeoutMs,
      maxResponseBytes: 64 * 1024,
    })
    .catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new DependencyError(DEPENDENCY, `uploading the data package: ${reason}`, { cause: error });
    });
  if (stored.status === 201) return blobUrl;
  throw new DependencyError(
    DEPENDENCY,
    `uploading the data package: the storage answered ${stored.status}; check that its firewall lets this app in, and this machine's clock`,
  );
}

/** The value is a text that holds JSON: {BlobId, BlobUrl}. */
function readBlobUrl(value: unknown): string {
  const inner = typeof value === 'string' ? parseAnswer(new TextEncoder().encode(value)) : undefined;
  const text = isRecord(inner) ? inner.BlobUrl : undefined;
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))))
    return url.href;
  throw new DependencyError(
    DEPENDENCY,
    'GetAzureWriteUrl: the answer holds no BlobUrl with an https address; check that the application is listed under Microsoft Entra ID applications with a user who may import data',
  );
}

function startImport(
  context: ImportContext,
  token: AccessToken,
  company: string,
  executionId: string,
  packageUrl: string,
): Promise<SendAnswer> {
  const { requests, project, action, timeoutMs } = context;
  return submit(
    context,
    token,
    {
      method: 'POST',
      url: `${requests.url}${ACTIONS}${action}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        packageUrl,
        definitionGroupId: project,
        executionId,
        execute: true,
        overwrite: true,
        legalEntityId: company,
      }),
      timeoutMs,
    },
    (body) => {
      const answer = parseAnswer(body);
      // Some versions answer nothing but 200; the import runs under our id all the same.
      const value = isRecord(answer) ? answer.value : undefined;
      return value === undefined || value === null || value === '' || value === executionId
        ? executionId
        : undefined;
    },
  );
}

/** A slot that stays taken is asked about, and let go in time. */
async function releaseQuietly(slot: ImportSlot, executionId: string): Promise<void> {
  try {
    await slot.release(executionId);
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
  }
}
