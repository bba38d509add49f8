/** Collects what an audit finds. */
import type { Finding } from '../log/auditRow.ts';
import { DamagedRowError, UnknownRowVersionError } from '../log/packedRow.ts';
import type { FindingCode } from './findingCodes.ts';

/** Subjects that are named per code. */
const SUBJECTS = 20;

export class Findings {
  readonly #byCode = new Map<FindingCode, { count: number; repaired: number; subjects: string[] }>();

  add(code: FindingCode, subject: string, repaired = false): void {
    let found = this.#byCode.get(code);
    if (found === undefined) this.#byCode.set(code, (found = { count: 0, repaired: 0, subjects: [] }));
    found.count++;
    if (repaired) found.repaired++;
    if (found.subjects.length < SUBJECTS) found.subjects.push(subject);
  }

  /** Makes a check; a row that it cannot read is a finding, and keeps no other check from being made. */
  async check(check: () => Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof UnknownRowVersionError || error instanceof DamagedRowError)) throw error;
      this.add('RowUnreadable', error.message);
    }
  }

  /** What was found; `before` says since when. */
  list(before: readonly Finding[], now: number): Finding[] {
    return [...this.#byCode].map(([code, found]) => ({
      code,
      ...found,
      since: before.find((earlier) => earlier.code === code)?.since ?? now,
    }));
  }
}

/** Two lists as one: counts of a code add up. */
export function together(one: readonly Finding[], other: readonly Finding[]): Finding[] {
  const merged = new Map(one.map((finding) => [finding.code, finding]));
  for (const finding of other) {
    const known = merged.get(finding.code);
    merged.set(
      finding.code,
      known === undefined
        ? finding
        : {
            ...known,
            count: known.count + finding.count,
            repaired: known.repaired + finding.repaired,
            subjects: [...known.subjects, ...finding.subjects].slice(0, SUBJECTS),
            since: Math.min(known.since, finding.since),
          },
    );
  }
  return [...merged.values()];
}

/** Of each code the larger finding: what a round has found so far beside what the one before found in all. */
export function larger(before: readonly Finding[], now: readonly Finding[]): Finding[] {
  const newer = new Map(now.map((finding) => [finding.code, finding]));
  const kept = before.filter(({ code, count }) => count > (newer.get(code)?.count ?? 0));
  const codes = new Set(kept.map(({ code }) => code));
  return [...kept, ...now.filter(({ code }) => !codes.has(code))];
}
