import { expect, test } from 'vitest';
import { QuietPeriod } from '../dynamics/quietPeriod.ts';
import type { HttpClient } from '../http/httpClient.ts';
import { systemClock } from '../runtime/systemRuntime.ts';
import { DynamicsRequests } from './dynamicsRequests.ts';
import { readErrorFiles } from './errorFiles.ts';

/** SCM names `address` for every file; the requests are kept. */
async function fetched(address: string): Promise<string[]> {
  const urls: string[] = [];
  const http: HttpClient = {
    send: ({ url }) => {
      urls.push(url);
      const value = url.endsWith('GenerateImportTargetErrorKeysFile') ? false : address;
      return Promise.resolve({ status: 200, headers: {}, body: Buffer.from(JSON.stringify({ value })) });
    },
  };
  const requests = new DynamicsRequests({
    http,
    clock: systemClock,
    quiet: new QuietPeriod(systemClock),
    url: 'https://scm.example.com',
    onUnauthorized: () => undefined,
    timeoutMs: 1000,
  });
  await readErrorFiles(requests, http, { value: 'token', expiresAt: Infinity }, 'E1', ['Lines']);
  return urls.filter((url) => !url.startsWith('https://scm.example.com/'));
}

test('error files are fetched encrypted, or from this machine', async () => {
  expect(await fetched('https://files.example/a?sig=1')).toEqual(['https://files.example/a?sig=1']);
  expect(await fetched('http://127.0.0.1:10000/a')).toEqual(['http://127.0.0.1:10000/a']);
});

test.each(['http://files.example/a', 'file:///etc/passwd', 'ftp://127.0.0.1/a', 'no address', ''])(
  'nothing is fetched from %j',
  async (address) => {
    expect(await fetched(address)).toEqual([]);
  },
);
