/** The port for calls out over HTTP. One request, one deadline, no retries, no redirects followed. */

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Milliseconds for the whole exchange, answer included. */
  readonly timeoutMs: number;
  /** Bytes of answer to accept; a longer one fails the call. Default 8 MiB. */
  readonly maxResponseBytes?: number;
}

export interface OutboundResponse {
  readonly status: number;
  /** Lower-cased names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** `refused`: the connection could not be made, so the request had no effect. `unknown`: anything else. */
export class HttpFailure extends Error {
  readonly kind: 'refused' | 'unknown';
  constructor(kind: 'refused' | 'unknown', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HttpFailure';
    this.kind = kind;
  }
}

export interface HttpClient {
  /** @throws HttpFailure */
  send(request: OutboundRequest): Promise<OutboundResponse>;
}
