/**
 * The adjustment line in its two shapes: as a client submitted it (checked against nothing but its own form) and as
 * the log accepted it (names resolved by the environment's settings, date decided).
 *
 * Source of the fields: "Submit inventory adjustments to the Inventory Visibility API" of the article that defines
 * the product.
 */

import type { BaseDimensions } from './baseDimensions.ts';
import type { SubmittedDimensions } from './dimensions.ts';

/** Version of the canonical form that fingerprints are taken of. Stored with every batch. */
export const CANONICAL_FORM_VERSION = 1;

/**
 * A line as submitted: types and lengths are right, field names are the schema's, text is NFC, an empty string is
 * absent, numbers are canonical decimals (see decimal.ts). Nothing in it depends on settings.
 */
export interface SubmittedLine {
  readonly id: string;
  readonly organizationId: string;
  readonly productId: string;
  readonly quantityDataSource: string;
  readonly physicalMeasure: string;
  /** As the client named them. */
  readonly dimensions: SubmittedDimensions;
  /** Canonical decimal. */
  readonly quantity: string;
  readonly externalReferenceCategory?: string;
  readonly externalReferenceId?: string;
  readonly fnoJournalNameId?: string;
  /** Canonical decimal. Absent is not zero. */
  readonly costPrice?: string;
  /** yyyy-MM-dd. */
  readonly transDate?: string;
}

/** A line as accepted into the log. Data source, measure and dimension names are spelled as the settings spell them. */
export interface AdjustmentLine extends Omit<SubmittedLine, 'dimensions'> {
  readonly dimensions: BaseDimensions;
  /**
   * The date the journal line will carry, yyyy-MM-dd: transDate, or the day of acceptance in the legal entity's
   * time zone. Absent when the legal entity leaves blank dates to the journal.
   */
  readonly resolvedDate?: string;
}

/** What is wrong with one field of one line, and what to do about it. */
export interface LineProblem {
  /** Stable code, e.g. `UnknownPhysicalMeasure`. */
  readonly code: string;
  /** Position of the line in the request, from 0. */
  readonly line: number;
  /** The field's name, e.g. `dimensions.siteId`. */
  readonly field: string;
  /** The offending value as text, shortened to 100 characters; absent when a value is missing. */
  readonly value?: string;
  /** A sentence that names the thing, the value and the remedy. */
  readonly message: string;
}
