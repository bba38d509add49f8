/**
 * A client of the adjustment API that loses no request: it repeats a request with the same ids until it has an answer,
 * as a system that posts adjustments should.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { requestToken } from '../start/localToken.ts';
import type { RunningFile } from '../start/runningFile.ts';
import type { PostedLine } from './sampleLine.ts';

/** What the API says of one line. */
export interface LineResult {
  readonly id: string;
  readonly processingStatus: 'success' | 'duplicate' | 'conflict' | 'invalid';
  readonly message: string;
  readonly lineRecordId?: string;
  /** "Source line status". */
  readonly status?: 'Created' | 'IVPosted' | 'Aggregated';
}

export interface PostOptions {
  readonly createWithIVSync?: boolean;
  /** Write nothing; a line that is stored already is answered as a duplicate, with its status. */
  readonly validateOnly?: boolean;
}

/** Nothing was written, and why. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly problems: readonly { readonly message: string }[];
}

type Answer = { readonly status: number; readonly body: unknown };

/** How long one try may take. Milliseconds. */
const TRY_MS = 30_000;
const LONGEST_PAUSE_MS = 1_000;
/** Answers that say "come back": too many requests, and what a gateway or the app says while a part is away. */
const TRY_AGAIN: readonly number[] = [429, 502, 503, 504];

export class AdjustmentApi {
  readonly #running: RunningFile;
  readonly #patienceMs: number;
  #token: Promise<string> | undefined;
  #repeats = 0;

  /** `patienceMs`: how long a request is repeated before it fails. */
  constructor(running: RunningFile, patienceMs: number) {
    this.#running = running;
    this.#patienceMs = patienceMs;
  }

  /** How many tries had no answer, or one that said to come back. */
  get repeats(): number {
    return this.#repeats;
  }

  /** Posts the lines. @throws Error when there is no answer in time, or an answer that makes no sense here. */
  async post(lines: readonly PostedLine[], options: PostOptions = {}): Promise<LineResult[] | Refusal> {
    const query = new URLSearchParams();
    if (options.createWithIVSync) query.set('createWithIVSync', 'true');
    if (options.validateOnly) query.set('validateOnly', 'true');
    const { status, body } = await this.#answered(`transaction/adjustment/bulk?${query.toString()}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(lines),
    });
    if (status === 200) return body as LineResult[];
    const { error, detail, errors } = body as {
      error?: { code: string };
      detail?: string;
      errors?: { message: string }[];
    };
    return { status, code: error?.code ?? '', detail: detail ?? String(body), problems: errors ?? [] };
  }

  /** The resource at a path below the environment, or at a link of an earlier answer; undefined when it is not there. */
  async get(pathOrLink: string): Promise<unknown> {
    const { status, body } = await this.#answered(pathOrLink, { method: 'GET' });
    if (status === 404) return undefined;
    if (status === 200) return body;
    throw new Error(`GET ${pathOrLink} was answered ${status}: ${JSON.stringify(body)}`);
  }

  /** Tells the API that a legal entity's log may go on after it went back in time. */
  async release(organizationId: string): Promise<void> {
    const { status, body } = await this.#answered(`log/${encodeURIComponent(organizationId)}/release`, {
      method: 'POST',
    });
    if (status !== 200) throw new Error(`the release was answered ${status}: ${JSON.stringify(body)}`);
  }

  async #answered(pathOrLink: string, init: RequestInit): Promise<Answer> {
    const { functionsUrl, environmentId } = this.#running;
    const url = pathOrLink.startsWith('/')
      ? `${functionsUrl}${pathOrLink}`
      : `${functionsUrl}/api/environment/${environmentId}/${pathOrLink}`;
    const deadline = Date.now() + this.#patienceMs;
    for (let pause = 50; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const answer = await this.#tryOnce(url, init).catch((error: unknown) => failureOf(error));
      if (typeof answer !== 'string' && !TRY_AGAIN.includes(answer.status)) return answer;
      if (Date.now() >= deadline) {
        const last = typeof answer === 'string' ? answer : `${answer.status} ${JSON.stringify(answer.body)}`;
        throw new Error(`${url} had no answer within ${this.#patienceMs / 1000} s; the last try: ${last}`);
      }
      this.#repeats += 1;
      await delay(pause);
    }
  }

  async #tryOnce(url: string, init: RequestInit): Promise<Answer> {
    this.#token ??= requestToken(this.#running.token);
    const token = await this.#token.catch((error: unknown) => {
      this.#token = undefined;
      throw error;
    });
    const response = await fetch(url, {
      ...init,
      headers: {
        ...(init.headers as Record<string, string> | undefined),
        authorization: `Bearer ${token}`,
        'api-version': '1.0',
      },
      signal: AbortSignal.timeout(TRY_MS),
    });
    return { status: response.status, body: parsed(await response.text()) };
  }
}

/** A host that is full or has no such route answers without a body. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What became of a try without an answer: the connection failed, or the answer broke off. */
function failureOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
