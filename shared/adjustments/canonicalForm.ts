/**
 * The canonical form of a submitted line, and its fingerprint: what decides whether a known id is posted again
 * (a duplicate) or reused for something else (a conflict).
 *
 * It depends on the line alone. Defaults that settings would add later, such as the date of acceptance, are not in
 * it, so that a retry after midnight, or after a change of settings, is still a duplicate. The stored fingerprints
 * are of this form: any change of it needs a new CANONICAL_FORM_VERSION.
 */

import { CANONICAL_FORM_VERSION } from './adjustmentLine.ts';
import type { SubmittedLine } from './adjustmentLine.ts';
import { organizationKey } from './keys.ts';
import { sha256StartText } from './sha256.ts';

export const FINGERPRINT_BYTES = 8;

/**
 * A JSON array: every field at its own place, `null` where it is absent, so that no two different lines share a text.
 * Names (legal entity, data source, measure, dimensions) are compared without regard to case, values exactly.
 */
export function canonicalForm(line: SubmittedLine): string {
  const { names, values } = line.dimensions;
  const dimensions: [string, string][] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value !== undefined) dimensions.push([names.folded[index] ?? '', value]);
  }
  return JSON.stringify([
    CANONICAL_FORM_VERSION,
    organizationKey(line.organizationId),
    line.id,
    line.productId,
    line.quantityDataSource.toLowerCase(),
    line.physicalMeasure.toLowerCase(),
    dimensions,
    line.quantity,
    line.externalReferenceCategory ?? null,
    line.externalReferenceId ?? null,
    line.fnoJournalNameId ?? null,
    line.costPrice ?? null,
    line.transDate ?? null,
  ]);
}

/**
 * The first 8 bytes of the SHA-256 of the canonical form, as a text of a character for each: every line on its way in holds
 * one, and a small array takes five times as much memory.
 */
export function fingerprint(line: SubmittedLine): string {
  return sha256StartText(canonicalForm(line), FINGERPRINT_BYTES);
}

/**
 * The fingerprint of the form in which some early builds spelled the same content under the same version: the
 * dimensions at the end, not in arrays of their own. Rows that those builds stored are compared with it as well.
 */
export function flatFingerprint(line: SubmittedLine): string {
  const [version, organization, id, product, source, measure, dimensions, ...others] = JSON.parse(
    canonicalForm(line),
  ) as [number, string, string, string, string, string, [string, string][], ...(string | null)[]];
  const flat = [version, organization, id, product, source, measure, ...others, ...dimensions.flat()];
  return sha256StartText(JSON.stringify(flat), FINGERPRINT_BYTES);
}
