/** Gets a token for the API from the local issuer, as an external system would from Microsoft Entra. */

export interface TokenSource {
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
}

/** A bearer token, good for an hour. @throws Error with the issuer's own words when it refuses. */
export async function requestToken(source: TokenSource): Promise<string> {
  const response = await fetch(source.tokenEndpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: source.clientId,
      client_secret: source.clientSecret,
      scope: source.scope,
    }),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = (await response.json()) as { access_token?: string; error_description?: string };
  if (answer.access_token === undefined) {
    throw new Error(
      `${source.tokenEndpoint} gave no token: ${response.status} ${answer.error_description ?? ''}`,
    );
  }
  return answer.access_token;
}
