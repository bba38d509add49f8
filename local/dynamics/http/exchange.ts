/** What a simulated service is asked and what it answers, free of Node's HTTP types' life cycles. */
import type { IncomingHttpHeaders } from 'node:http';

export type ServiceName = 'entra' | 'security' | 'iv' | 'scm' | 'blob' | 'control';

export interface Exchange {
  readonly method: string;
  /** Percent-encoded path behind the service's prefix, e.g. `/api/environment/…/onhand/bulk`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. Absent: `content`, or an empty body. */
  readonly json?: unknown;
  readonly content?: { readonly type: string; readonly bytes: Uint8Array };
}

export interface Service {
  readonly name: ServiceName;
  /** Bytes; a longer body is answered 413. */
  readonly maxBodyBytes: number;
  handle(exchange: Exchange): Promise<Reply>;
  /** The service's own shape of an error. */
  errorReply(status: number, message: string): Reply;
}

/** Thrown by a handler to end the exchange with an error in the service's own shape. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.headers = headers;
  }
}

/** The token of `Authorization: Bearer …`. @throws Refusal 401 */
export function bearerToken(headers: IncomingHttpHeaders): string {
  const match = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '');
  if (!match?.[1]) {
    throw new Refusal(401, 'The Authorization header is missing or is not "Bearer <token>".', {
      'WWW-Authenticate': 'Bearer',
    });
  }
  return match[1];
}
