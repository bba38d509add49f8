/** What this host takes from an app's host.json, with the platform's defaults. Everything else in it is left alone. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { AppError } from './appError.ts';
import type { LogLevel } from './coreTypes.ts';

export interface HostJson {
  /** What precedes every route, without slashes at its ends; empty for none. */
  readonly routePrefix: string;
  /** HTTP requests that run at once; more wait. `undefined`: no limit. */
  readonly maxConcurrentRequests: number | undefined;
  /** HTTP requests that run or wait; more are answered 429. `undefined`: no limit. */
  readonly maxOutstandingRequests: number | undefined;
  /** Milliseconds after which an invocation counts as failed. `undefined`: no limit. */
  readonly functionTimeoutMs: number | undefined;
  readonly logLevel: LogLevel;
  readonly serviceBus: {
    /** Messages of one function that are handled at once. */
    readonly maxConcurrentCalls: number;
    readonly prefetchCount: number;
    readonly autoCompleteMessages: boolean;
    /** Milliseconds for which a message's lock is renewed while its handler runs. */
    readonly maxAutoLockRenewalMs: number;
  };
}

/** Milliseconds of a .NET time span: `[d.]hh:mm:ss[.fraction]`. `undefined` when the text is none. */
function timeSpan(text: string): number | undefined {
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,7}))?$/.exec(text);
  if (!match) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1, 5).map((part) => Number(part ?? 0));
  const fraction = Number(`0.${match[5] ?? '0'}`);
  const total = (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0) + fraction;
  return Math.round(total * 1000);
}

/** Reads host.json member by member and says what is wrong with one by its full path. */
class Reader {
  readonly #file: string;
  readonly #root: unknown;
  constructor(file: string, root: unknown) {
    this.#file = file;
    this.#root = root;
  }
  #fail(key: string, value: unknown, remedy: string): never {
    throw new AppError(`${key} in ${this.#file} is ${JSON.stringify(value)}; ${remedy}`);
  }
  read(key: string): unknown {
    let value = this.#root;
    for (const member of key.split('.')) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = (value as Record<string, unknown>)[member];
    }
    return value ?? undefined;
  }
  text(key: string): string | undefined {
    const value = this.read(key);
    if (value === undefined || typeof value === 'string') return value;
    return this.#fail(key, value, 'write a string');
  }
  flag(key: string): boolean | undefined {
    const value = this.read(key);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.#fail(key, value, 'write true or false');
  }
  count(key: string, minimum: number): number | undefined {
    const value = this.read(key);
    if (value === undefined) return undefined;
    if (Number.isSafeInteger(value) && (value as number) >= minimum) return value as number;
    return this.#fail(key, value, `write a whole number of at least ${minimum}`);
  }
  /** A count for which -1 means that there is no limit. */
  limit(key: string): number | undefined {
    return this.read(key) === -1 ? undefined : this.count(key, 1);
  }
  duration(key: string): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    return timeSpan(text) ?? this.#fail(key, text, 'write a time span, e.g. "00:05:00"');
  }
}

const logLevels: readonly LogLevel[] = [
  'trace',
  'debug',
  'information',
  'warning',
  'error',
  'critical',
  'none',
];

/** @throws AppError when host.json is missing, is no JSON, or a member of it cannot be used */
export function readHostJson(appRoot: string): HostJson {
  const file = path.join(appRoot, 'host.json');
  let root: unknown;
  try {
    root = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new AppError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const json = new Reader(file, root);
  const version = json.text('version');
  if (version !== '2.0')
    throw new AppError(`version in ${file} is ${JSON.stringify(version ?? null)}; write "version": "2.0"`);
  const prefix = json.text('extensions.http.routePrefix') ?? 'api';
  const level = json.text('logging.logLevel.default')?.toLowerCase();
  return {
    routePrefix: prefix.replace(/^\/+|\/+$/g, ''),
    maxConcurrentRequests: json.limit('extensions.http.maxConcurrentRequests'),
    maxOutstandingRequests: json.limit('extensions.http.maxOutstandingRequests'),
    functionTimeoutMs:
      json.read('functionTimeout') === '-1' ? undefined : (json.duration('functionTimeout') ?? 30 * 60_000),
    logLevel: logLevels.find((candidate) => candidate === level) ?? 'information',
    serviceBus: {
      maxConcurrentCalls:
        json.count('extensions.serviceBus.maxConcurrentCalls', 1) ?? 16 * availableParallelism(),
      prefetchCount: json.count('extensions.serviceBus.prefetchCount', 0) ?? 0,
      autoCompleteMessages: json.flag('extensions.serviceBus.autoCompleteMessages') ?? true,
      maxAutoLockRenewalMs: json.duration('extensions.serviceBus.maxAutoLockRenewalDuration') ?? 5 * 60_000,
    },
  };
}
