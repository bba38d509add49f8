/**
 * Shared access signatures of the environment's blob storage: whoever has the address may read or write that one
 * file for a while. Form and window (35 minutes) as in a public trace of microsoft/Recurring-Integrations-Scheduler
 * (issue 113); the string that is signed is this simulator's own.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Refusal } from '../http/exchange.ts';

const BEFORE_MS = 5 * 60_000;
const AFTER_MS = 30 * 60_000;

export class SharedAccess {
  readonly #url: string;
  readonly #key: string;
  readonly #now: () => number;

  /** `url`: where the container is reached. `key`: what signatures are made with. */
  constructor(url: string, key: string, now: () => number) {
    this.#url = url;
    this.#key = key;
    this.#now = now;
  }

  /** An address for one file that holds for half an hour. */
  address(name: string, permissions: 'r' | 'rw'): string {
    const query = new URLSearchParams({
      sv: '2014-02-14',
      sr: 'b',
      st: instant(this.#now() - BEFORE_MS),
      se: instant(this.#now() + AFTER_MS),
      sp: permissions,
    });
    query.set('sig', this.#signature(name, query));
    return `${this.#url}/${encodeURIComponent(name)}?${query.toString()}`;
  }

  /** The file that a whole address is for. @throws Refusal 403 unless it holds and was given out here */
  fileOf(address: string, permission: 'r' | 'w'): string {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    const prefix = new URL(`${this.#url}/`);
    if (!url || url.origin !== prefix.origin || !url.pathname.startsWith(prefix.pathname)) {
      throw new Refusal(403, `"${address}" is no address of this environment's storage.`);
    }
    const name = decodeURIComponent(url.pathname.slice(prefix.pathname.length));
    this.check(name, url.searchParams, permission);
    return name;
  }

  /** @throws Refusal 403 */
  check(name: string, query: URLSearchParams, permission: 'r' | 'w'): void {
    const expected = Buffer.from(this.#signature(name, query));
    const given = Buffer.from(query.get('sig') ?? '');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw failed('Signature did not match.');
    }
    const now = instant(this.#now());
    if (now < (query.get('st') ?? '') || now > (query.get('se') ?? '')) {
      throw failed(`Signature not valid in the specified time frame: ${query.get('se') ?? ''}.`);
    }
    if (!(query.get('sp') ?? '').includes(permission)) throw failed('This is not permitted.');
  }

  #signature(name: string, query: URLSearchParams): string {
    const signed = ['sv', 'sr', 'st', 'se', 'sp'].map((part) => query.get(part) ?? '');
    return createHmac('sha256', this.#key)
      .update([name, ...signed].join('\n'))
      .digest('base64');
  }
}

function failed(detail: string): Refusal {
  return new Refusal(403, `Server failed to authenticate the request. ${detail}`, {
    'x-ms-error-code': 'AuthenticationFailed',
  });
}

/** Seconds are enough, and sort as text. */
function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
