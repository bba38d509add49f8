/**
 * Who calls: validates the bearer token of a request. RS256 only, whatever the token's header says; issuer and
 * audience compared exactly; keys from the configured address only.
 *
 * Source: Microsoft identity platform, "Secure applications and APIs by validating claims".
 */

import { hash } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import type { CryptoKey, FlattenedJWSInput, JWSHeaderParameters, JWTPayload } from 'jose';
import type { HttpClient } from '../http/httpClient.ts';
import type { Clock, Logger } from '../runtime/ports.ts';
import { AuthError } from './authError.ts';
import { SigningKeys } from './signingKeys.ts';

/** How a token must be made out. */
export interface TokenSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
}

export interface Caller {
  /** Application that called: `azp` of version 2 tokens, `appid` of version 1. */
  readonly clientId: string;
  /** App roles; empty when the token has none. */
  readonly roles: readonly string[];
  readonly tenantId: string | undefined;
  readonly subject: string | undefined;
}

const CLOCK_SKEW_SECONDS = 300;
const MAX_TOKEN_LENGTH = 16 * 1024;
/** A validated token is trusted so long without looking at its key again. */
const REMEMBERED_MS = 300_000;
const MAX_REMEMBERED = 1_000;

const BEARER = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)$/i;
/** Headers that name a key of the sender's own. */
const FOREIGN_KEY_HEADERS = ['jwk', 'jku', 'x5u', 'x5c'] as const;

export class BearerTokens {
  readonly #settings: TokenSettings;
  readonly #clock: Clock;
  readonly #keys: SigningKeys;
  /** Hash of a token → who it stands for; oldest first. */
  readonly #remembered = new Map<string, { readonly caller: Caller; readonly until: number }>();

  constructor(settings: TokenSettings, ports: { http: HttpClient; clock: Clock; logger: Logger }) {
    this.#settings = settings;
    this.#clock = ports.clock;
    this.#keys = new SigningKeys(settings.jwksUri, ports);
  }

  /**
   * The caller behind an Authorization header.
   *
   * @throws AuthError the token is not acceptable
   * @throws DependencyError the issuer's keys could not be read
   */
  async caller(authorization: string | null): Promise<Caller> {
    const token = bearerToken(authorization);
    const key = hash('sha256', token, 'base64');
    const now = this.#clock.now();
    const remembered = this.#remembered.get(key);
    if (remembered !== undefined && now < remembered.until) return remembered.caller;
    this.#remembered.delete(key);
    const payload = await this.#verified(token);
    const caller = callerOf(payload);
    const expiry = ((payload.exp ?? 0) + CLOCK_SKEW_SECONDS) * 1000;
    this.#remember(key, caller, Math.min(expiry, now + REMEMBERED_MS));
    return caller;
  }

  async #verified(token: string): Promise<JWTPayload> {
    const keyFor = async (header: JWSHeaderParameters, jws: FlattenedJWSInput): Promise<CryptoKey> => {
      if (FOREIGN_KEY_HEADERS.some((name) => header[name] !== undefined) || header.kid === undefined) {
        throw new AuthError(
          'InvalidToken',
          'The token must name one of the issuer’s keys by its "kid" and bring none of its own.',
        );
      }
      return this.#keys.keyFor(header, jws);
    };
    try {
      const { payload } = await jwtVerify(token, keyFor, {
        algorithms: ['RS256'],
        issuer: this.#settings.issuer,
        audience: this.#settings.audience,
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_SKEW_SECONDS,
        currentDate: new Date(this.#clock.now()),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw this.#refusal(error);
      throw error;
    }
  }

  #refusal(error: errors.JOSEError): AuthError {
    if (error instanceof errors.JWTExpired) {
      return new AuthError('ExpiredToken', 'The token has expired; get a new one.');
    }
    if (error instanceof errors.JWTClaimValidationFailed) {
      switch (error.claim) {
        case 'aud':
          return new AuthError(
            'WrongAudience',
            `The token is for another audience; ask for one for ${this.#settings.audience}.`,
          );
        case 'iss':
          return new AuthError(
            'InvalidToken',
            `The token has another issuer; get it from ${this.#settings.issuer}.`,
          );
        case 'nbf':
          return new AuthError(
            'InvalidToken',
            'The token is not valid yet; check the clock of the machine it was made on.',
          );
        default:
          return new AuthError(
            'InvalidToken',
            `The claim "${error.claim}" of the token is missing or not as it must be.`,
          );
      }
    }
    if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
      return new AuthError(
        'InvalidToken',
        'The token is signed in a way that is not accepted; only RS256 is.',
      );
    }
    if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
      return new AuthError('InvalidToken', 'The token’s signature is not the issuer’s.');
    }
    return new AuthError('InvalidToken', 'The token is not a well-formed JSON Web Token.');
  }

  #remember(key: string, caller: Caller, until: number): void {
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const oldest = this.#remembered.keys().next();
      if (oldest.done !== true) this.#remembered.delete(oldest.value);
    }
    this.#remembered.set(key, { caller, until });
  }
}

function bearerToken(authorization: string | null): string {
  if (authorization === null || authorization.trim() === '') {
    throw new AuthError(
      'MissingToken',
      'The Authorization header is missing; send "Authorization: Bearer <access token>".',
    );
  }
  const token = authorization.length <= MAX_TOKEN_LENGTH ? BEARER.exec(authorization)?.[1] : undefined;
  if (token === undefined) {
    throw new AuthError(
      'InvalidToken',
      'The Authorization header does not hold "Bearer" and a JSON Web Token.',
    );
  }
  return token;
}

function callerOf(payload: JWTPayload): Caller {
  const clientId = text(payload['azp']) ?? text(payload['appid']);
  if (clientId === undefined) {
    throw new AuthError(
      'InvalidToken',
      'The token does not say which application it was made for (azp or appid).',
    );
  }
  const roles = payload['roles'];
  return {
    clientId,
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
    tenantId: text(payload['tid']),
    subject: text(payload.sub),
  };
}

function text(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim !== '' ? claim : undefined;
}
