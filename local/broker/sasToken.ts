import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * What is wrong with a shared access signature, or undefined when it is valid
 * (https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas#shared-access-signature-token).
 * @param now milliseconds since the Unix epoch
 */
export function sasTokenProblem(token: string, key: string, now: number): string | undefined {
  const [scheme, fields = ''] = token.split(' ', 2);
  if (scheme !== 'SharedAccessSignature') return 'the token is not a SharedAccessSignature';
  const parts = new Map(
    fields.split('&').map((part): [string, string] => {
      const equals = part.indexOf('=');
      return [part.slice(0, equals), part.slice(equals + 1)];
    }),
  );
  const [resource, expiry, signature] = [parts.get('sr'), parts.get('se'), parts.get('sig')];
  if (resource === undefined || expiry === undefined || signature === undefined) {
    return 'the token lacks sr, se or sig';
  }
  const expected = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest();
  const given = Buffer.from(percentDecoded(signature), 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return 'the signature of the token does not match; use the SharedAccessKey of the connection string the broker printed';
  }
  return Number(expiry) * 1000 > now ? undefined : `the token expired at ${expiry} (seconds since 1970)`;
}

/** Unlike decodeURIComponent it never throws: what comes in may be anything. */
function percentDecoded(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
