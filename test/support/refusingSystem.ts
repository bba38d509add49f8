/** A system that is asked wrong things: its tokens can be made in every way, and its stored rows are compared. */
import { TableClient } from '@azure/data-tables';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, expect } from 'vitest';
import { ADJUSTMENT_LOG, LOG_DIRECTORY } from '../../shared/log/rowKeys.ts';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import type { Problem } from './answers.ts';
import type { HttpAnswer } from './httpCall.ts';
import { type HttpPeer, json, startHttpPeer } from './httpPeer.ts';
import { API_AUDIENCE, line } from './localSettings.ts';
import { LocalSystem } from './localSystem.ts';

const ISSUER = 'https://issuer.test/v2.0';
export const MAX_REQUEST_BYTES = 100_000;
export const MAX_LINES = 50;

export interface RefusingSystem {
  readonly system: LocalSystem;
  /** A token with other claims than a good one. Lifetime in seconds, negative for one that has expired. */
  sign(changes?: JWTPayload, lifetimeSeconds?: number): Promise<string>;
  /** Every row of the tables that ingest writes, as text. */
  storedRows(): Promise<string>;
  /** Asks, and checks that it is refused as a problem and that no row has changed. */
  refused(status: number, code: string, ask: () => Promise<HttpAnswer>): Promise<Problem>;
}

/** One system for all tests of a file. Use the result inside tests only. */
export function useRefusingSystem(): () => RefusingSystem {
  let issuer: HttpPeer | undefined;
  let running: RefusingSystem | undefined;
  beforeAll(async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const jwk = { ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: 'test' };
    issuer = await startHttpPeer((_, response) => json(response, 200, { keys: [jwk] }));
    const sign = (changes: JWTPayload = {}, lifetimeSeconds = 3600): Promise<string> => {
      const now = Math.floor(systemClock.now() / 1000);
      const claims = { iss: ISSUER, aud: API_AUDIENCE, azp: 'tester', roles: ['Read', 'Post'], ...changes };
      return new SignJWT({ ...claims, iat: now, nbf: now - 7200, exp: now + lifetimeSeconds })
        .setProtectedHeader({ alg: 'RS256', kid: 'test' })
        .sign(privateKey);
    };
    const system = await LocalSystem.start({
      appSettings: { AUTH_ISSUER: ISSUER, AUTH_JWKS_URI: `${issuer.url}/keys` },
      settings: { limits: { maxLinesPerRequest: MAX_LINES, maxRequestBytes: MAX_REQUEST_BYTES } },
    });
    const storedRows = (): Promise<string> => readRows(system.azurite.running.connectionString);
    running = { system, sign, storedRows, refused: (...asked) => refused(system, storedRows, ...asked) };
    system.token = await sign();
    // A first line, so that the tables are there.
    expect((await system.post([line('before-everything')])).status).toBe(200);
  });
  afterAll(async () => {
    await running?.system.close();
    await issuer?.close();
  });
  return () => {
    if (!running) throw new Error('the system runs only while tests run; ask for it inside a test');
    return running;
  };
}

async function readRows(connectionString: string): Promise<string> {
  const rows: unknown[] = [];
  for (const name of [ADJUSTMENT_LOG, LOG_DIRECTORY]) {
    const table = TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true });
    for await (const row of table.listEntities()) rows.push(row);
  }
  return JSON.stringify(rows);
}

async function refused(
  system: LocalSystem,
  storedRows: () => Promise<string>,
  status: number,
  code: string,
  ask: () => Promise<HttpAnswer>,
): Promise<Problem> {
  const before = await storedRows();
  const answer = await ask();
  expect(answer.status, answer.text + system.hostLines.slice(-3).join('\n')).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.headers['x-ms-error-code']).toBe(code);
  const problem = answer.json<Problem>();
  expect(problem).toMatchObject({ status, error: { code } });
  expect(problem.detail.length).toBeGreaterThan(20);
  expect(await storedRows()).toBe(before);
  return problem;
}
