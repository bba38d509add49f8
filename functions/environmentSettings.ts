import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { calendarDate } from '../shared/adjustments/calendarDate.ts';
import { type BacklogDecision, changeSettings } from '../shared/backlog/changeSettings.ts';
import { jsonDocumentOf } from '../shared/http/jsonDocument.ts';
import { ApiError } from '../shared/http/problem.ts';
import { readJsonBody } from '../shared/http/readBody.ts';
import type { StoredSettings } from '../shared/settings/settingsStore.ts';
import { apiHandler, found } from './apiHandler.ts';

/** A template package is part of the settings, and the largest. */
const MAX_BODY_BYTES = 512 * 1024;
const ROUTE = 'api/environment/{environmentId}/settings';

/** The settings of an environment, complete with defaults, and their version. */
export const readSettings = apiHandler('Read', async ({ layer, environment }) => {
  const { environmentId } = environment.settings;
  const stored = await layer.parts.settings.read(environmentId);
  return stored === undefined ? found(undefined, `The environment ${environmentId}`) : answer(stored);
});

/** Replaces the settings of an environment, if they are still those that were read. */
export const replaceSettings = apiHandler('Admin', async ({ request, layer, environment, caller }) => {
  const etag = request.headers.get('if-match');
  if (etag === null || etag === '*')
    throw new ApiError('PreconditionRequired', {
      detail: 'The header If-Match is missing; send the ETag that came with the settings you read.',
      target: 'If-Match',
    });
  const change = {
    etag,
    backlog: backlogDecision(request),
    removesMappings: isConfirmed(request),
    by: caller,
    document: jsonDocumentOf(await readJsonBody(request, MAX_BODY_BYTES)),
  };
  return answer(await changeSettings(layer, environment, change));
});

function answer({ settings, etag }: StoredSettings): HttpResponseInit {
  return { jsonBody: settings, headers: { etag } };
}

function backlogDecision(request: HttpRequest): BacklogDecision | undefined {
  const given = request.query.get('backlog');
  if (given === null) return undefined;
  if (given === 'send') return { kind: 'send' };
  const asOf = instantParameter(request);
  const since = asOf === undefined ? {} : { asOf };
  if (given === 'close') return { kind: 'close', ...since };
  const sendFrom = given.startsWith('sendFrom:') ? calendarDate(given.slice('sendFrom:'.length)) : undefined;
  if (sendFrom !== undefined) return { kind: 'close', sendFrom, ...since };
  throw new ApiError('InvalidParameter', {
    detail: `The parameter backlog is "${given.slice(0, 50)}"; it must be send, sendFrom:yyyy-MM-dd or close.`,
    target: 'backlog',
  });
}

function instantParameter(request: HttpRequest): string | undefined {
  const given = request.query.get('asOf');
  if (given === null) return undefined;
  if (/^\d{4}-\d{2}-\d{2}T[0-9:.]+Z$/.test(given) && !Number.isNaN(Date.parse(given))) return given;
  throw new ApiError('InvalidParameter', {
    detail: `The parameter asOf is "${given.slice(0, 50)}"; give the asOf of the backlog that you were shown.`,
    target: 'asOf',
  });
}

function isConfirmed(request: HttpRequest): boolean {
  const given = request.query.get('confirm');
  if (given === null || given === 'removeMappings') return given !== null;
  throw new ApiError('InvalidParameter', {
    detail: `The parameter confirm is "${given.slice(0, 50)}"; it must be removeMappings.`,
    target: 'confirm',
  });
}

app.http('readSettings', { methods: ['GET'], authLevel: 'anonymous', route: ROUTE, handler: readSettings });
app.http('replaceSettings', {
  methods: ['PUT'],
  authLevel: 'anonymous',
  route: ROUTE,
  handler: replaceSettings,
});
