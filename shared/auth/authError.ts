/** A caller who is not known (401), or known and not allowed (403). Messages never contain the token. */

export type AuthErrorCode = 'MissingToken' | 'InvalidToken' | 'ExpiredToken' | 'WrongAudience' | 'Forbidden';

export class AuthError extends Error {
  readonly code: AuthErrorCode;
  constructor(code: AuthErrorCode, message: string) {
    super(message);
    this.name = 'AuthError';
    this.code = code;
  }
}
