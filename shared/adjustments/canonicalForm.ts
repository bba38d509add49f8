/**
 * The canonical form of a submitted line, and its fingerprint: what decides whether a known id is posted again
 * (a duplicate) or reused for something else (a conflict).
 *
 * It depends on the line alone. Defaults that settings would add later, such as the date of acceptance, are not in
 * it, so that a retry after midnight, or after a change of settings, is still a duplicate. The stored fingerprints
 * are of this form: any change of it needs a new CANONICAL_FORM_VERSION.
 */

import { hash } from 'node:crypto';
import { CANONICAL_FORM_VERSION } from './adjustmentLine.ts';
import type { SubmittedLine } from './adjustmentLine.ts';
import { organizationKey } from './keys.ts';

export const FINGERPRINT_BYTES = 8;

/**
 * A JSON array: every field at its own place, `null` where it is absent, then name and value of each dimension, sorted
 * by name; so no two different lines share a text. Names (legal entity, data source, measure, dimensions) are compared
 * without regard to case, values exactly.
 */
export function canonicalForm(line: SubmittedLine): string {
  const form = [
    CANONICAL_FORM_VERSION,
    organizationKey(line.organizationId),
    line.id,
    line.productId,
    line.quantityDataSource.toLowerCase(),
    line.physicalMeasure.toLowerCase(),
    line.quantity,
    line.externalReferenceCategory ?? null,
    line.externalReferenceId ?? null,
    line.fnoJournalNameId ?? null,
    line.costPrice ?? null,
    line.transDate ?? null,
  ];
  const { names, values } = line.dimensions;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value !== undefined) form.push(names.folded[index] ?? '', value);
  }
  return JSON.stringify(form);
}

/** The first 8 bytes of the SHA-256 of the canonical form. */
export function fingerprint(line: SubmittedLine): Uint8Array {
  // Of all forms that the digest comes in, text is by far the cheapest to make.
  const digest = hash('sha256', canonicalForm(line), 'binary');
  return Buffer.from(digest.slice(0, FINGERPRINT_BYTES), 'latin1');
}
