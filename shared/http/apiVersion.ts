/** The version header of Inventory Visibility's API. Its public clients do not all send it, so a missing one is fine. */

import type { HttpRequest } from '@azure/functions';
import { ApiError } from './problem.ts';

const API_VERSION = '1.0';

/** @throws ApiError UnsupportedApiVersion */
export function checkApiVersion(request: HttpRequest): void {
  const version = request.headers.get('api-version');
  if (version === null || version.trim() === API_VERSION) return;
  throw new ApiError('UnsupportedApiVersion', {
    detail: `Api-Version ${JSON.stringify(version.slice(0, 50))} does not exist; send ${API_VERSION} or leave the header out.`,
    target: 'Api-Version',
  });
}
