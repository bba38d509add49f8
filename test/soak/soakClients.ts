/**
 * The clients of a soak: they post with ids of their own and repeat a request until it is answered, click twice, post old
 * lines again, use an id for something else, and give up. What they meant and what they were told is their own record.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { PostingAnswer } from '../../shared/ingest/postAdjustments.ts';
import { bodyOf, type ClientLine } from '../simulator/checker/answers.ts';
import { recordIdOf } from '../simulator/checker/arithmetic.ts';
import type { Prng } from '../simulator/engine/prng.ts';
import type { LineResult, Problem } from '../support/answers.ts';
import { type HttpAnswer, httpCall } from '../support/httpCall.ts';
import { ENVIRONMENT_ID } from '../support/localSettings.ts';
import { drawnLine } from './soakLines.ts';

/** How clients wait for answers, milliseconds. */
const PATIENCE_MS = [1_500, 10_000] as const;
const RETRY_MS = [50, 600] as const;
const REST_MS = [20, 400] as const;
/** Old lines that clients may come back to. */
const REMEMBERED = 2_000;

export interface SoakRequest {
  readonly lines: readonly ClientLine[];
  readonly validateOnly: boolean;
  readonly inline: boolean;
  readonly answers: { readonly answer: PostingAnswer; readonly knownAtStart: ReadonlySet<string> }[];
}

export interface ClientTarget {
  /** Addresses of the hosts. */
  readonly hosts: readonly string[];
  token(): Promise<string>;
}

export class SoakClients {
  readonly requests: SoakRequest[] = [];
  /** Answers that should not be possible. */
  readonly unexpected: string[] = [];
  readonly counts = { attempts: 0, unanswered: 0, givenUp: 0, duplicates: 0, conflicts: 0 };
  /** Why tries decided nothing. */
  readonly reasons = new Map<string, number>();
  /** Record ids of the lines that were acknowledged. */
  readonly acknowledged = new Set<string>();
  readonly #prng: Prng;
  readonly #target: ClientTarget;
  readonly #stop = new AbortController();
  readonly #old: ClientLine[] = [];
  #token: Promise<string> | undefined;
  #nextId = 1;

  constructor(prng: Prng, target: ClientTarget) {
    this.#prng = prng;
    this.#target = target;
  }

  /** Posts until `stop`; resolves when every request that was not given up is answered. */
  async run(clients: number): Promise<void> {
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (!this.#stop.signal.aborted) {
          await this.#postOne();
          await delay(this.#prng.between(...REST_MS), undefined, { signal: this.#stop.signal }).catch(
            () => undefined,
          );
        }
      }),
    );
  }

  /** No new requests. */
  stop(): void {
    this.#stop.abort();
  }

  /** Posts a request again, with patience to the end. */
  async repeat(request: SoakRequest): Promise<void> {
    await this.#untilAnswered(request, 0);
  }

  /** Tokens are asked for anew. */
  forgetToken(): void {
    this.#token = undefined;
  }

  async #postOne(): Promise<void> {
    const prng = this.#prng;
    const lines = Array.from({ length: prng.chance(0.05) ? 120 : prng.between(1, 20) }, () =>
      drawnLine(prng, `L${this.#nextId++}`),
    );
    if (this.#old.length > 0 && prng.chance(0.2))
      for (let more = prng.between(1, 5); more > 0; more--) lines.push(prng.pick(this.#old));
    if (this.#old.length > 0 && prng.chance(0.06))
      lines.push({ ...prng.pick(this.#old), quantity: `${prng.between(100, 999)}` });
    if (prng.chance(0.03))
      lines.push({ ...drawnLine(prng, `L${this.#nextId++}`), physicalMeasure: 'nonsense' });
    const request: SoakRequest = {
      // Two lines of one request with the same id would be refused.
      lines: prng.shuffled([...new Map(lines.map((line) => [idOf(line), line])).values()]),
      validateOnly: prng.chance(0.04),
      inline: prng.chance(0.4),
      answers: [],
    };
    this.requests.push(request);
    const givesUp = prng.chance(0.05) ? 1 : 0;
    const tries = [this.#untilAnswered(request, givesUp)];
    if (prng.chance(0.08)) tries.push(this.#untilAnswered(request, givesUp));
    await Promise.all(tries);
    if (!request.validateOnly)
      for (const line of request.lines) {
        if (line.physicalMeasure === 'nonsense') continue;
        if (this.#old.length < REMEMBERED) this.#old.push(line);
        else this.#old[prng.between(0, REMEMBERED - 1)] = line;
      }
  }

  /** @param maxAttempts 0: as many as it takes */
  async #untilAnswered(request: SoakRequest, maxAttempts: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.counts.attempts++;
      const knownAtStart = this.#known(request);
      const answer = await this.#attempt(request).catch((error: unknown) => {
        this.#why(error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.name) : 'unknown');
        return undefined;
      });
      if (answer !== undefined) {
        request.answers.push({ answer, knownAtStart });
        this.#note(request, answer);
        return;
      }
      this.counts.unanswered++;
      if (attempt === maxAttempts) {
        this.counts.givenUp++;
        return;
      }
      await delay(this.#prng.between(...RETRY_MS));
    }
  }

  #known({ lines }: SoakRequest): ReadonlySet<string> {
    return new Set(lines.map(idOf).filter((id) => this.acknowledged.has(id)));
  }

  /** The answer, when it decides anything. */
  async #attempt({ lines, validateOnly, inline }: SoakRequest): Promise<PostingAnswer | undefined> {
    const token = await (this.#token ??= this.#target.token().catch((error: unknown) => {
      this.#token = undefined;
      throw error;
    }));
    const host = this.#prng.pick(this.#target.hosts);
    const answer = await httpCall({
      url:
        `${host}/api/environment/${ENVIRONMENT_ID}/transaction/adjustment/bulk` +
        `?createWithIVSync=${inline}&validateOnly=${validateOnly}`,
      method: 'POST',
      body: bodyOf(lines),
      timeoutMs: this.#prng.between(...PATIENCE_MS),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'api-version': '1.0' },
    });
    if (answer.status !== 200) this.#why(`${answer.status}`);
    if (answer.status === 401) {
      this.#token = undefined;
      return undefined;
    }
    if (answer.status === 503 || answer.status === 429) {
      if (!(Number(answer.headers['retry-after']) > 0)) this.#unexpected(answer);
      return undefined;
    }
    return this.#decided(answer);
  }

  #decided(answer: HttpAnswer): PostingAnswer | undefined {
    if (answer.status === 200) return { kind: 'done', results: answer.json<LineResult[]>() } as PostingAnswer;
    const problem = answer.json<Problem>();
    if (answer.status === 409) return { kind: 'conflict', results: problem.results ?? [] } as PostingAnswer;
    if (answer.status === 400 && problem.error.code === 'InvalidLines')
      return { kind: 'invalid', problems: problem.errors ?? [] } as unknown as PostingAnswer;
    this.#unexpected(answer);
    return undefined;
  }

  #why(reason: string): void {
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  #unexpected({ status, text }: HttpAnswer): void {
    this.unexpected.push(`${status} ${text.slice(0, 300)}`);
  }

  #note(request: SoakRequest, answer: PostingAnswer): void {
    if (answer.kind === 'invalid') return;
    answer.results.forEach(({ processingStatus }, position) => {
      const line = request.lines[position];
      if (processingStatus === 'duplicate') this.counts.duplicates++;
      if (processingStatus === 'conflict') this.counts.conflicts++;
      if (
        line &&
        !request.validateOnly &&
        (processingStatus === 'success' || processingStatus === 'duplicate')
      )
        this.acknowledged.add(idOf(line));
    });
  }
}

function idOf({ organizationId, id }: ClientLine): string {
  return recordIdOf(ENVIRONMENT_ID, organizationId, id);
}
