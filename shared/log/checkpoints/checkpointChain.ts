/**
 * Which checkpoints are used and which are merged, as in a log-structured merge tree: every checkpoint covers a stretch
 * of the log, those in use cover it from its first batch on without a gap, and older ones are merged into fewer, so that
 * their number grows with the logarithm of the ids and each id is rewritten as seldom.
 */

/** A stretch of the log: the batches after `fromSeq`, up to and with `toSeq`. */
export interface Stretch {
  readonly id: string;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly ids: number;
}

/** How many checkpoints of about one size become one. */
const FAN_IN = 4;
/** The hashes of a checkpoint's pages stand in one row: so large it may grow, no larger. */
export const MAX_IDS_PER_CHECKPOINT = 256_000_000;

/**
 * Those that reach furthest, and of these the fewest. Every instance chooses the same from the same manifests.
 * In order of the log.
 */
export function chainOf<Link extends Stretch>(stretches: readonly Link[]): Link[] {
  const forwards = stretches
    .filter(({ fromSeq, toSeq }) => toSeq > fromSeq)
    .sort((a, b) => a.fromSeq - b.fromSeq || a.toSeq - b.toSeq || (a.id < b.id ? -1 : 1));
  const reached = new Map<number, { readonly links: number; readonly last: Link | undefined }>();
  reached.set(0, { links: 0, last: undefined });
  let end = 0;
  for (const last of forwards) {
    const before = reached.get(last.fromSeq);
    if (before === undefined) continue;
    const links = before.links + 1;
    const known = reached.get(last.toSeq);
    if (known === undefined || links < known.links) reached.set(last.toSeq, { links, last });
    end = Math.max(end, last.toSeq);
  }
  const chain: Link[] = [];
  for (let last = reached.get(end)?.last; last !== undefined; last = reached.get(last.fromSeq)?.last)
    chain.unshift(last);
  return chain;
}

/**
 * Neighbours in the chain that are due to become one: a checkpoint and so many after it that they hold FAN_IN - 1 times
 * as many ids. The first such group of the log, so that what is appended meanwhile does not change the choice.
 */
export function mergeDue<Link extends Stretch>(chain: readonly Link[]): Link[] | undefined {
  for (const [start, first] of chain.entries()) {
    let after = 0;
    for (let end = start + 1; end < chain.length; end++) {
      after += chain[end]?.ids ?? 0;
      if (first.ids + after > MAX_IDS_PER_CHECKPOINT) break;
      if (after >= (FAN_IN - 1) * first.ids) return chain.slice(start, end + 1);
    }
  }
  return undefined;
}

/** Those that the chain makes superfluous: it covers all that they cover. */
export function superseded<Link extends Stretch>(
  stretches: readonly Link[],
  chain: readonly Stretch[],
): { readonly old: Link; readonly by: readonly Stretch[] }[] {
  const end = chain.at(-1)?.toSeq ?? 0;
  const used = new Set(chain.map(({ id }) => id));
  return stretches
    .filter(({ id, toSeq }) => toSeq <= end && !used.has(id))
    .map((old) => ({
      old,
      by: chain.filter(({ fromSeq, toSeq }) => fromSeq < old.toSeq && toSeq > old.fromSeq),
    }));
}
