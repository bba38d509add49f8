/**
 * How the ids of a checkpoint are cut. Pages, and the blocks of its filter, divide the range of the hash evenly, so that
 * both are computed from the hash and never searched for. A segment is a stretch of that range whose pages and part of
 * the filter are written in one transaction: a checkpoint is written, merged and gone on with segment by segment.
 */

/** Ids that a page holds on average. */
export const IDS_PER_PAGE = 4_000;
/** With its part of the filter and the service's base64, a segment stays well below a transaction's 4 MiB. */
const PAGES_PER_SEGMENT = 40;
const BITS_PER_BLOCK = 512;
/** Filters of few ids are cheap, and every checkpoint is asked for every new id: they get more bits, and err less. */
const SMALL_CHECKPOINT_IDS = 4_000_000;
const BITS_PER_ID = { small: 24, large: 16 };

export interface CheckpointLayout {
  readonly segments: number;
  readonly pagesPerSegment: number;
  /** Of the filter. */
  readonly blocksPerSegment: number;
}

export function layoutFor(ids: number): CheckpointLayout {
  const pages = Math.max(1, Math.ceil(ids / IDS_PER_PAGE));
  const segments = Math.ceil(pages / PAGES_PER_SEGMENT);
  const bits = ids * (ids <= SMALL_CHECKPOINT_IDS ? BITS_PER_ID.small : BITS_PER_ID.large);
  return {
    segments,
    pagesPerSegment: Math.ceil(pages / segments),
    blocksPerSegment: Math.max(1, Math.ceil(bits / BITS_PER_BLOCK / segments)),
  };
}

/** Which of `parts` equal parts of the hash's range a hash falls into, by its high word. Exact. */
export function partOf(high: number, parts: number): number {
  return Math.floor((high / 0x1_0000_0000) * parts);
}
