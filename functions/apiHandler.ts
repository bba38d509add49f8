/** What every HTTP function does first: who calls, may they, and which environment is it about. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { BusinessLayer, Environment } from '../shared/app/businessLayer.ts';
import type { Caller } from '../shared/auth/bearerToken.ts';
import { requireRole, type Role } from '../shared/auth/roles.ts';
import { handleHttp } from '../shared/http/handleHttp.ts';
import { ApiError } from '../shared/http/problem.ts';
import { bearerTokens, businessLayer, runtime } from './composition.ts';

export interface ApiCall {
  readonly request: HttpRequest;
  readonly layer: BusinessLayer;
  readonly environment: Environment;
  /** The application that calls, and for whom, as its token says. */
  readonly caller: string;
}

/** The handler of a route `api/environment/{environmentId}/…` that needs a role. */
export function apiHandler(
  role: Role,
  handle: (call: ApiCall) => Promise<HttpResponseInit>,
): (request: HttpRequest) => Promise<HttpResponseInit> {
  return handleHttp(runtime, async (request) => {
    const caller = await bearerTokens().caller(request.headers.get('authorization'));
    requireRole(caller, role);
    const layer = await businessLayer();
    const environmentId = request.params['environmentId'] ?? '';
    const environment = await layer.environment(environmentId);
    if (environment === undefined)
      throw new ApiError('UnknownEnvironment', {
        detail: `There is no environment "${environmentId.slice(0, 64)}" here; check the id in the address.`,
        target: 'environmentId',
      });
    return handle({ request, layer, environment, caller: nameOf(caller) });
  });
}

function nameOf({ clientId, subject }: Caller): string {
  return subject === undefined || subject === clientId ? clientId : `${clientId} (${subject})`;
}

/** The answer of a reading route; 404 when nothing was found. */
export function found(view: unknown, what: string): HttpResponseInit {
  if (view === undefined) throw new ApiError('NotFound', `${what} is not known in this environment.`);
  return { jsonBody: view };
}
