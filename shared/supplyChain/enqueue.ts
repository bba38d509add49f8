/**
 * Transport `recurring`: puts a data package into the queue of a recurring data job. Source: "Recurring integrations",
 * section "Submitting data to recurring data jobs".
 */
import { excerpt, isRecord, parseAnswer } from '../dynamics/answerJson.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { submit } from './sendAnswer.ts';
import type { SendContext } from './sendAnswer.ts';
import type { SendAnswer } from './supplyChain.ts';

const MESSAGE_ID = /^\{?[0-9A-Za-z-]{1,64}\}?$/;
const NO_MESSAGE = '00000000-0000-0000-0000-000000000000';

export interface EnqueueRequest {
  /** `{url}/api/connector/enqueue/{activityId}`. */
  readonly address: string;
  readonly company: string;
  /** Comes back as the message's external identifier; it does not keep SCM from taking a package twice. */
  readonly externalIdentifier: string;
  readonly zip: Uint8Array;
  /** Milliseconds, the upload included. */
  readonly timeoutMs: number;
}

/** Never throws: every outcome is an answer. */
export function enqueue(
  context: SendContext,
  token: AccessToken,
  { address, company, externalIdentifier, zip, timeoutMs }: EnqueueRequest,
): Promise<SendAnswer> {
  return submit(
    context,
    token,
    {
      method: 'POST',
      url: `${address}?company=${encodeURIComponent(company)}`,
      headers: {
        'content-type': 'application/zip',
        'x-ms-dyn-externalidentifier': externalIdentifier,
      },
      body: zip,
      timeoutMs,
    },
    readMessageId,
  );
}

/** Seen as a JSON string, as an object with a `value`, and bare. */
function readMessageId(body: Uint8Array): string | undefined {
  const answer = parseAnswer(body);
  const value = isRecord(answer) ? answer.value : (answer ?? excerpt(body, 100));
  const id = typeof value === 'string' ? value.trim() : '';
  return MESSAGE_ID.test(id) && id !== NO_MESSAGE ? id : undefined;
}
