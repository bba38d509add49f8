/** What is appended together, and how each of its lines came out. */
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import type { Identity } from './identify.ts';
import { highWord, holdsBytes, type IdEntry, lowWord } from './idsRow.ts';
import { RecentIds } from './recentIds.ts';

/** A line to append. Without `line` it can only be a duplicate or a conflict: new, it would be refused. */
export interface AppendLine extends IdEntry {
  readonly line?: AdjustmentLine | undefined;
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
  // From the first 64 bits of a digest to a place among the new lines, from 1.
  const places = new RecentIds(identities.length);
  let next = 0;
  const outcomes = requests.map((lines) =>
    lines.map((line): AppendOutcome => {
      const identity = identities[next++];
      if (identity?.kind === 'known') {
        const { seq: knownSeq, position, sameContent } = identity;
        return { kind: sameContent ? 'duplicate' : 'conflict', seq: knownSeq, position };
      }
      const high = highWord(line.digest);
      const low = lowWord(line.digest);
      for (const place of places.seqsOf(high, low)) {
        const twin = fresh[place - 1];
        if (twin === undefined || !holdsBytes(twin.digest, 0, line.digest)) continue;
        const same = twin.fingerprint === line.fingerprint;
        return { kind: same ? 'duplicate' : 'conflict', seq, position: place - 1 };
      }
      if (line.line === undefined) return { kind: 'refused' };
      fresh.push({ digest: line.digest, fingerprint: line.fingerprint, line: line.line });
      places.add(high, low, fresh.length);
      return { kind: 'accepted', seq, position: fresh.length - 1 };
    }),
  );
  return { fresh, outcomes };
}
