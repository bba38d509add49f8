/** The app roles, as they stand in the `roles` of a token. Every route names the one it needs; Admin may do everything. */
import { AuthError } from './authError.ts';
import type { Caller } from './bearerToken.ts';

export type Role = 'Read' | 'Post' | 'Operate' | 'Admin';

/** @throws AuthError Forbidden */
export function requireRole(caller: Caller, role: Role): void {
  if (caller.roles.includes(role) || caller.roles.includes('Admin')) return;
  throw new AuthError(
    'Forbidden',
    `The application ${caller.clientId} needs the app role ${role} for this; grant it and get a new token.`,
  );
}
