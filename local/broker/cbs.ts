import { decode } from './amqpValue.ts';
import { textProperty, type Reply, type Request, type StatusNames } from './requestReply.ts';
import { sasTokenProblem } from './sasToken.ts';

/** Names of the status properties of `$cbs` (AMQP Claims-based Security 1.0, working draft). */
export const CBS_STATUS: StatusNames = { status: 'status-code', description: 'status-description' };

/**
 * Answers a `put-token` request. Without a key every token is good; with one the signature must be made with it.
 * @param now milliseconds since the Unix epoch
 */
export function respondToToken(request: Request, key: string | undefined, now: number): Reply {
  const operation = textProperty(request.properties, 'operation');
  if (operation !== 'put-token') {
    return { status: 400, description: `"${operation ?? ''}" is no operation of $cbs; use "put-token"` };
  }
  const problem = key === undefined ? undefined : sasTokenProblem(String(decode(request.body)), key, now);
  if (problem === undefined) return { status: 202, description: 'Accepted' };
  return { status: 401, description: `Unauthorized: ${problem}`, condition: 'amqp:unauthorized-access' };
}
