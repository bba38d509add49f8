/**
 * How an environment and a legal entity are spelled in the keys of Table Storage. Keys never hold raw user text: what
 * is neither a Latin letter, a digit, a point, an underscore nor a hyphen is written as `=HH` per UTF-8 byte, so that
 * `~` can separate the parts of a key, and `/ \ # ?` and control characters, which the service forbids, never occur.
 *
 * Supply Chain Management compares a legal entity without regard to case, so `usmf` and `USMF` have one key.
 */

const SAFE = /^[A-Z0-9._-]*$/;

export function environmentKey(environmentId: string): string {
  return keyText(environmentId);
}

export function organizationKey(organizationId: string): string {
  // Lines come many in a row of one legal entity.
  if (last?.organizationId !== organizationId) last = { organizationId, key: keyText(organizationId) };
  return last.key;
}

let last: { readonly organizationId: string; readonly key: string } | undefined;

function keyText(text: string): string {
  // Upper-casing can take a composed text apart again, hence the second NFC.
  const folded = text.normalize('NFC').toUpperCase().normalize('NFC');
  if (SAFE.test(folded)) return folded;
  let key = '';
  for (const character of folded) {
    key += SAFE.test(character) ? character : encoded(character);
  }
  return key;
}

function encoded(character: string): string {
  let text = '';
  for (const byte of Buffer.from(character, 'utf8')) {
    text += `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
