/** Signing and checking of the tokens that the simulated authorities give out (RS256). */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import { Refusal } from '../http/exchange.ts';

/** Makes a key pair as a private JWK with its thumbprint as key id. */
export async function newSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg: 'RS256', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
}

export class TokenAuthority {
  readonly issuer: string;
  /** As published in the JWKS. */
  readonly publicJwk: JWK;
  /** Known to this authority alone, and kept with its key. */
  readonly secret: string;
  readonly #privateKey: CryptoKey;
  readonly #publicKey: CryptoKey;
  readonly #now: () => number;

  private constructor(
    issuer: string,
    publicJwk: JWK,
    secret: string,
    keys: readonly [CryptoKey, CryptoKey],
    now: () => number,
  ) {
    this.issuer = issuer;
    this.publicJwk = publicJwk;
    this.secret = secret;
    [this.#privateKey, this.#publicKey] = keys;
    this.#now = now;
  }

  /** `now`: milliseconds since the epoch. */
  static async open(issuer: string, jwk: JWK, now: () => number): Promise<TokenAuthority> {
    const { kty, n, e, d, alg, use, kid } = jwk;
    if (
      kty === undefined ||
      n === undefined ||
      e === undefined ||
      d === undefined ||
      alg === undefined ||
      use === undefined ||
      kid === undefined
    ) {
      throw new Error(`the stored signing key of ${issuer} is incomplete`);
    }
    const publicJwk: JWK = { kty, n, e, alg, use, kid };
    const keys = [await importJWK(jwk, 'RS256'), await importJWK(publicJwk, 'RS256')] as const;
    return new TokenAuthority(issuer, publicJwk, d, keys as readonly [CryptoKey, CryptoKey], now);
  }

  async sign(audience: string, lifetimeSeconds: number, claims: JWTPayload): Promise<string> {
    const issued = Math.floor(this.#now() / 1000);
    return new SignJWT(claims)
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: this.publicJwk.kid as string })
      .setIssuer(this.issuer)
      .setAudience(audience)
      .setIssuedAt(issued)
      .setNotBefore(issued)
      .setExpirationTime(issued + lifetimeSeconds)
      .sign(this.#privateKey);
  }

  /** The claims of a valid token. @throws Refusal 401 that says what is wrong with it. */
  async verify(token: string, audience: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, {
        issuer: this.issuer,
        audience,
        algorithms: ['RS256'],
        currentDate: new Date(this.#now()),
      });
      return payload;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Refusal(401, `The token is not valid here: ${reason}.`, {
        'WWW-Authenticate': 'Bearer error="invalid_token"',
      });
    }
  }
}
