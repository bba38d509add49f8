/**
 * Follows the redirects of Inventory Visibility and its security service: a regional gateway may be named by an answer
 * 307, and the request is to be made there again, body included (RFC 9110 §15.4.8). Source: "Inventory Visibility
 * public APIs", note on the first answer of the security service.
 */
import { HttpFailure } from '../http/httpClient.ts';
import type { HttpClient, OutboundRequest, OutboundResponse } from '../http/httpClient.ts';
import { isLoopback } from '../runtime/loopback.ts';
import type { Clock } from '../runtime/ports.ts';
import { printable } from './answerJson.ts';

/** One gateway names another at most; more is a loop. */
const MOST_REDIRECTS = 3;

export interface RedirectContext {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Hosts that may be followed to besides the request's own: a name, or `*.name` for every host below it. */
  readonly hosts: readonly string[];
}

/**
 * Sends the request, and again to where an answer 307 or 308 points, all within the request's one deadline. What it
 * carries (a token, an assertion) goes to the request's own origin and to the listed hosts alone, encrypted.
 *
 * @throws HttpFailure; `refused` for a redirect that is not followed: whoever redirects has not done what was asked.
 */
export async function sendFollowing(
  { http, clock, hosts }: RedirectContext,
  request: OutboundRequest,
): Promise<OutboundResponse> {
  const deadline = clock.now() + request.timeoutMs;
  const own = new URL(request.url).origin;
  let url = request.url;
  for (let redirects = 0; ; redirects++) {
    const timeoutMs = redirects === 0 ? request.timeoutMs : deadline - clock.now();
    if (timeoutMs <= 0)
      throw new HttpFailure('refused', `redirected to ${new URL(url).origin}, with no time left to follow`);
    const response = await http.send({ ...request, url, timeoutMs });
    if (response.status !== 307 && response.status !== 308) return response;
    const next = target(response, url);
    if (next === undefined) return response;
    if (redirects === MOST_REDIRECTS)
      throw new HttpFailure('refused', `it redirects ${redirects} times, at last to ${next.origin}`);
    if (next.origin !== own && !isListed(next, hosts))
      throw new HttpFailure(
        'refused',
        `it redirects to ${printable(next.origin, 200)}, where no token is sent; if that is a host of Microsoft's, add its name to inventoryVisibility.redirectHosts`,
      );
    url = next.href;
  }
}

function target(response: OutboundResponse, from: string): URL | undefined {
  const { location } = response.headers;
  return location !== undefined && URL.canParse(location, from) ? new URL(location, from) : undefined;
}

function isListed(url: URL, hosts: readonly string[]): boolean {
  if (url.username !== '' || url.password !== '') return false;
  const encrypted = url.protocol === 'https:' && url.port === '';
  if (!encrypted && !isLoopback(url.hostname)) return false;
  return hosts.some((host) =>
    host.startsWith('*.')
      ? url.hostname.endsWith(host.slice(1).toLowerCase())
      : url.hostname === host.toLowerCase(),
  );
}
