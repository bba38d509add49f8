/** What is appended together, and how each of its lines came out. */
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import type { Identity } from './identify.ts';
import type { IdEntry } from './idsRow.ts';

/** A line to append. Without `line` it can only be a duplicate or a conflict: new, it would be refused. */
export interface AppendLine extends IdEntry {
  readonly line?: AdjustmentLine;
}

/**
 * How a line came out: `accepted` now; `duplicate` of a line with the same content; `conflict` with one of other
 * content; `refused`, because it is new and the settings do not take it.
 */
export type AppendOutcome =
  | { readonly kind: 'accepted' | 'duplicate' | 'conflict'; readonly seq: number; readonly position: number }
  | { readonly kind: 'refused' };

/** One batch to be, composed from the lines of several requests. */
export interface Composition {
  /** The lines that are new, in order. */
  readonly fresh: readonly (IdEntry & { readonly line: AdjustmentLine })[];
  /** Outcomes per request, per line, once the batch stands at the sequence number it was composed for. */
  readonly outcomes: readonly (readonly AppendOutcome[])[];
}

/**
 * Sorts the lines of a group by what the log knows of them. An id that occurs twice among the new ones is accepted
 * once; its other occurrence is a duplicate or a conflict within the same batch.
 */
export function composeGroup(
  seq: number,
  requests: readonly (readonly AppendLine[])[],
  identities: readonly Identity[],
): Composition {
  const fresh: (IdEntry & { readonly line: AdjustmentLine })[] = [];
  const positions = new Map<string, number>();
  let next = 0;
  const outcomes = requests.map((lines) =>
    lines.map((line): AppendOutcome => {
      const identity = identities[next++];
      if (identity?.kind === 'known') {
        const { seq: knownSeq, position, sameContent } = identity;
        return { kind: sameContent ? 'duplicate' : 'conflict', seq: knownSeq, position };
      }
      const digest = digestText(line.digest);
      const twin = positions.get(digest);
      if (twin !== undefined) {
        const same = Buffer.compare(fresh[twin]?.fingerprint ?? new Uint8Array(), line.fingerprint) === 0;
        return { kind: same ? 'duplicate' : 'conflict', seq, position: twin };
      }
      if (line.line === undefined) return { kind: 'refused' };
      positions.set(digest, fresh.length);
      fresh.push({ digest: line.digest, fingerprint: line.fingerprint, line: line.line });
      return { kind: 'accepted', seq, position: fresh.length - 1 };
    }),
  );
  return { fresh, outcomes };
}

/** The digest as a key of a map. */
function digestText({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}
