import { app, type HttpRequest } from '@azure/functions';
import { requireRole } from '../shared/auth/roles.ts';
import { handleHttp } from '../shared/http/handleHttp.ts';
import { jsonDocumentOf } from '../shared/http/jsonDocument.ts';
import { ApiError } from '../shared/http/problem.ts';
import { readJsonBody } from '../shared/http/readBody.ts';
import { parseSettings } from '../shared/settings/parseSettings.ts';
import type { EnvironmentSettings } from '../shared/settings/environmentSettings.ts';
import { configure, step, storeAbsentSettings } from '../shared/setUp/configure.ts';
import { readSetUpQuestion } from '../shared/setUp/setUpQuestion.ts';
import { bearerTokens, businessLayer, outbound, packageQueue, runtime } from './composition.ts';

/** A template package is part of the settings, and the largest. */
const MAX_BODY_BYTES = 512 * 1024;

/**
 * "Generate configurations" of the article. The body may hold the settings of an environment that has none yet.
 * Not an apiHandler, because the environment need not be known.
 */
export const configureEnvironment = handleHttp(runtime, async (request) => {
  requireRole(await bearerTokens().caller(request.headers.get('authorization')), 'Admin');
  const environmentId = request.params['environmentId'] ?? '';
  const question = readSetUpQuestion(request.query);
  const document = await documentOf(request, environmentId);
  const layer = await businessLayer();
  const tables = { what: 'tables', outcome: 'there' } as const;
  const stored = await step(`settings of environment ${environmentId.slice(0, 64)}`, () =>
    document === undefined ? Promise.resolve('there') : storeAbsentSettings(layer.parts.settings, document),
  );
  const environment = await layer.environment(environmentId);
  if (environment === undefined)
    throw new ApiError('UnknownEnvironment', {
      detail: `The environment "${environmentId.slice(0, 64)}" has no settings yet; send its settings as the body.`,
      target: 'environmentId',
    });
  const queue = await step('queue journal-packages', async () => {
    await packageQueue().reach();
    return 'there';
  });
  const { settings } = environment;
  return {
    jsonBody: await configure({ ...outbound, ...question, settings, ownSide: [tables, stored, queue] }),
  };
});

async function documentOf(
  request: HttpRequest,
  environmentId: string,
): Promise<EnvironmentSettings | undefined> {
  if (request.headers.get('content-type') === null) return undefined;
  const body = await readJsonBody(request, MAX_BODY_BYTES);
  if (body.length === 0) return undefined;
  const { settings, problems } = parseSettings(jsonDocumentOf(body));
  if (settings === undefined)
    throw new ApiError(
      'InvalidSettings',
      `The settings cannot be taken: ${problems.map(({ message }) => message).join(' ')}`,
    );
  if (settings.environmentId.toLowerCase() !== environmentId.toLowerCase())
    throw new ApiError('InvalidParameter', {
      detail: `The settings are those of environment ${settings.environmentId}, and the address names ${environmentId.slice(0, 64)}; make them agree.`,
      target: 'body',
    });
  return settings;
}

app.http('configureEnvironment', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/configure',
  handler: configureEnvironment,
});
