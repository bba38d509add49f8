/** What the host's HTTP front, which runs in a thread of its own, and the thread of the app tell each other. */
import type { FunctionMetadata, TypedData } from './coreTypes.ts';
import type { LogEntry } from './hostLog.ts';

/** What the front needs to know when it starts. */
export interface FrontOptions {
  /** Port on 127.0.0.1; 0 for any free one. */
  readonly port: number;
  /** Where the library's streaming proxy listens; undefined when the app has no HTTP function. */
  readonly proxyOrigin: string | undefined;
  readonly httpFunctions: readonly FunctionMetadata[];
  /** Names of functions that are switched off. */
  readonly disabled: readonly string[];
  readonly routePrefix: string;
  readonly maxConcurrentRequests: number | undefined;
  readonly maxOutstandingRequests: number | undefined;
}

/** One invocation of an HTTP function; the request itself goes to the streaming proxy. */
export interface HttpInvocation {
  readonly functionName: string;
  readonly invocationId: string;
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly traceContext?: { readonly traceParent: string; readonly traceState?: string };
}

export type FireOutcome = 'fired' | 'unknown' | 'not a timer';

/** `call` is the number of a question; its answer has the same. */
export type FromFront =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'cannot listen'; readonly reason: string }
  | { readonly kind: 'invoke'; readonly call: number; readonly invocation: HttpInvocation }
  /** Nobody waits for the arguments of that invocation any more. */
  | { readonly kind: 'give up'; readonly call: number; readonly reason: string }
  | { readonly kind: 'fire'; readonly call: number; readonly functionName: string }
  | { readonly kind: 'log'; readonly entry: LogEntry }
  | { readonly kind: 'stopped' };

export type ToFront =
  | { readonly kind: 'invoked'; readonly call: number; readonly answered: boolean }
  | { readonly kind: 'failed'; readonly call: number; readonly error: string }
  | { readonly kind: 'fired'; readonly call: number; readonly outcome: FireOutcome }
  /** Accept nothing new, and say so when the open connections have ended. */
  | { readonly kind: 'stop' };
