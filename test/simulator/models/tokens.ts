/** Access tokens of a simulated service: a value that it knows, and the true instant at which it stops being good. */
import type { AccessToken } from '../../../shared/inventoryVisibility/inventoryVisibility.ts';
import type { Engine } from '../engine/engine.ts';
import type { Process } from '../engine/process.ts';
import { madeUpFailure } from './ports.ts';

/** A cached token with less left than this is not handed out any more. Milliseconds. */
const LEAST_LEFT_MS = 60_000;

export class Tokens {
  readonly #engine: Engine;
  readonly #service: string;
  readonly #lifetimeMs: number;
  readonly #endsTokens: boolean;
  readonly #expiries = new Map<string, number>();
  readonly #cached = new Map<Process, { readonly value: string; readonly expiry: number }>();

  /** @param endsTokens whether a token that has expired is refused. */
  constructor(engine: Engine, service: string, lifetimeMs: number, endsTokens = true) {
    this.#endsTokens = endsTokens;
    this.#engine = engine;
    this.#service = service;
    this.#lifetimeMs = lifetimeMs;
  }

  /** A token for the process, which keeps it as long as it is worth keeping. */
  async take(process: Process, port: 'iv' | 'scm'): Promise<AccessToken> {
    const cached = this.#cached.get(process);
    const seen = ({ value, expiry }: { value: string; expiry: number }): AccessToken => ({
      value,
      expiresAt: expiry + process.skew,
    });
    if (cached && cached.expiry - this.#engine.now > Math.min(LEAST_LEFT_MS, this.#lifetimeMs / 2))
      return seen(cached);
    const issued = await this.#engine.call(process, {
      port,
      label: `${this.#service} token`,
      writes: false,
      effect: () => {
        const value = `${this.#service}-${this.#expiries.size + 1}`;
        const expiry = this.#engine.now + this.#lifetimeMs;
        this.#expiries.set(value, expiry);
        return { value, expiry };
      },
      failed: () => {
        throw madeUpFailure(this.#service, 'no token');
      },
    });
    this.#cached.set(process, issued);
    return seen(issued);
  }

  /** When it expires, true time. */
  expiryOf({ value }: AccessToken): number {
    return this.#expiries.get(value) ?? 0;
  }

  isGood({ value }: AccessToken): boolean {
    return (this.#expiries.get(value) ?? 0) > (this.#endsTokens ? this.#engine.now : 0);
  }
}
