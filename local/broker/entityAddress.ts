/** What a link address names: the token node, or a queue, its dead-letter queue, or the management node of either. */
export type EntityAddress =
  | { readonly node: 'cbs' }
  | { readonly node: 'queue' | 'management'; readonly path: string; readonly deadLetter: boolean };

const MANAGEMENT = '/$management';
export const DEAD_LETTER = '/$deadletterqueue';

/**
 * Reads a link address such as `orders`, `/orders/$management` or `sb://127.0.0.1/orders/$DeadLetterQueue`.
 * `path` comes in lower case: names are compared without case.
 */
export function parseAddress(address: string): EntityAddress {
  let path = address
    .replace(/^[a-z]+:\/\/[^/]*/i, '')
    .replace(/^\/+/, '')
    .toLowerCase();
  if (path === '$cbs') return { node: 'cbs' };
  const management = path.endsWith(MANAGEMENT);
  if (management) path = path.slice(0, -MANAGEMENT.length);
  return { node: management ? 'management' : 'queue', path, deadLetter: path.endsWith(DEAD_LETTER) };
}
