/** `npm run doctor` and `npm run configure`: asks a running app about the set-up of an environment. */
import { readFile } from 'node:fs/promises';
import type { Configuration } from '../../shared/setUp/configure.ts';
import type { SetUpReport } from '../../shared/setUp/doctor.ts';
import { requestToken } from '../start/localToken.ts';
import { readRunningFile } from '../start/runningFile.ts';
import { readArguments, USAGE } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { configurationText, reportText } from './reportText.ts';

/** A little more than a host gives a function. */
const DEADLINE_MS = 240_000;
const TOKEN_VARIABLE = 'BUSINESS_LAYER_TOKEN';

/** What the user can mend. */
class UsageError extends Error {}

interface App {
  readonly url: string;
  readonly environmentId: string;
  readonly token: string;
}

async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2));
  if (given.help) {
    console.log(USAGE);
    return 0;
  }
  const answer = await ask(await appOf(given), given);
  if (given.json) console.log(JSON.stringify(answer, undefined, 2));
  if ('steps' in answer) {
    if (!given.json) console.log(configurationText(answer));
    return answer.steps.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
  }
  if (!given.json) console.log(reportText(answer));
  return answer.summary.fail > 0 ? 1 : 0;
}

async function appOf({ url, environmentId, dataFolder }: Arguments): Promise<App> {
  if (url !== undefined) {
    const token = process.env[TOKEN_VARIABLE];
    if (!token)
      throw new UsageError(`put a token for the API into the environment variable ${TOKEN_VARIABLE}`);
    const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' };
    if (
      protocol !== 'https:' &&
      !(protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname))
    )
      throw new UsageError(`--url is "${url}"; give an https address, because a token goes there`);
    return { url, environmentId: environmentId ?? '', token };
  }
  const running = await readRunningFile(dataFolder).catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  });
  return {
    url: running.functionsUrl,
    environmentId: environmentId ?? running.environmentId,
    token: await requestToken(running.token),
  };
}

async function ask(
  app: App,
  { command, query, settingsFile }: Arguments,
): Promise<SetUpReport | Configuration> {
  const path = `/api/environment/${encodeURIComponent(app.environmentId)}/${command}`;
  const body = settingsFile === undefined ? undefined : await readFile(settingsFile, 'utf8');
  const response = await fetch(`${app.url}${path}?${query.toString()}`, {
    method: command === 'doctor' ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${app.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
    redirect: 'error',
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch((error: unknown) => {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new UsageError(`${app.url} cannot be asked: ${cause}`);
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as SetUpReport | Configuration;
  throw new UsageError(`${app.url}${path} answered ${response.status}: ${detailOf(text)}`);
}

function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    if (typeof detail === 'string') return detail;
  } catch {
    // Not a problem of ours; its beginning says something all the same.
  }
  return text.slice(0, 300);
}

try {
  process.exitCode = await main();
} catch (error) {
  // What the user can mend is said in a line; a stack trace helps only with what they cannot.
  const known = error instanceof UsageError || error instanceof TypeError;
  console.error(known ? error.message : error);
  process.exitCode = 2;
}
