/** A client of Supply Chain Management with a peer on a socket that answers as a test tells it to. */
import { afterEach } from 'vitest';
import { OutboundHttp } from '../../shared/http/outboundHttp.ts';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { DEFAULT_SETTINGS } from '../../shared/settings/defaultSettings.ts';
import { SupplyChainClient } from '../../shared/supplyChain/supplyChainClient.ts';
import { json, startHttpPeer } from './httpPeer.ts';
import type { Answer, HttpPeer, ReceivedRequest } from './httpPeer.ts';
import { NO_TABLES } from './noTables.ts';

export const ACTIVITY = '44444444-4444-4444-8444-444444444444';
export const MESSAGE = '55555555-5555-4555-8555-555555555555';
export const NO_EXECUTION = '00000000-0000-0000-0000-000000000000';
export const LINE = 'aaaaaaaa-0000-8000-8000-000000000001';
export const token = { value: 'erp-token', expiresAt: Number.MAX_SAFE_INTEGER };

const http = new OutboundHttp(systemClock);
/** The peer of the running test. */
export let peer: HttpPeer | undefined;

/** Closes connections and peer after each test of the file that calls it. */
export function closePeerAfterEach(): void {
  afterEach(async () => {
    http.close();
    await peer?.close();
    peer = undefined;
  });
}

export function clientOf(root: string, timeoutMs = 5000): SupplyChainClient {
  return new SupplyChainClient({
    http,
    clock: systemClock,
    settings: {
      ...DEFAULT_SETTINGS.supplyChain,
      url: `${root}/scm`,
      authority: `${root}/entra`,
      credential: { kind: 'clientSecret', tenantId: 'tenant', clientId: 'client', secretSetting: 'SECRET' },
      activityId: ACTIVITY,
      linesDeletedAfterPosting: 'no',
      unknownOutcomeSeconds: 60,
    },
    tables: NO_TABLES,
    readSecret: () => 'secret',
    callTimeoutMs: timeoutMs,
    sendTimeoutMs: timeoutMs,
  });
}

export async function setUp(answer: Answer, timeoutMs?: number): Promise<SupplyChainClient> {
  peer = await startHttpPeer(answer);
  return clientOf(peer.url, timeoutMs);
}

/** Answers the actions of data management by name: [status, value]. */
export function actions(
  answers: Readonly<Record<string, readonly [status: number, value: unknown]>>,
): Answer {
  return (request, response) => {
    const name = request.url.split('.').at(-1) ?? '';
    const [status, value] = answers[name] ?? [404, null];
    json(response, status, status === 200 ? { value } : { error: { message: value } });
  };
}

export const query = (request: ReceivedRequest | undefined, name: string): string =>
  new URL(request?.url ?? '', 'http://peer').searchParams.get(name) ?? '';
