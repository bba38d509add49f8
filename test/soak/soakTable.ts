/** What a soak came to, as a table for people. */
import { sumOf } from './havoc.ts';
import type { SoakResult } from './runSoak.ts';

export function soakTable(result: SoakResult): string {
  const { havoc, faults, requests, counts, reasons, books, violations } = result;
  const parts = (done: ReadonlyMap<string, number>): string =>
    [...done].map(([name, count]) => `${name} ${count}`).join(', ');
  const byFault = new Map<string, number>();
  for (const [name, count] of faults) {
    const fault = name.split(' ')[1] ?? name;
    byFault.set(fault, (byFault.get(fault) ?? 0) + count);
  }
  const rows: (readonly [string, number | string, string])[] = [
    ['kills (SIGKILL)', sumOf(havoc.kills), parts(havoc.kills)],
    ['pauses (SIGSTOP)', sumOf(havoc.pauses), parts(havoc.pauses)],
    ['cut off', sumOf(havoc.cutOffs), parts(havoc.cutOffs)],
    ['faults on connections', sumOf(faults), parts(byFault)],
    [
      'requests',
      requests,
      `${counts.attempts} tries, ${counts.givenUp} given up, ${counts.conflicts} conflicting lines`,
    ],
    ['tries without decision', counts.unanswered, parts(reasons)],
    ['lines accepted', books?.accepted ?? '?', ''],
    ['applied to IV', books?.applied ?? '?', ''],
    ['in the ERP', books?.inErp ?? '?', `of ${books?.journals ?? '?'} journals`],
    ['parked', books?.parked ?? '?', ''],
    ['left to a human', books?.unknown ?? '?', 'aggregated lines'],
    ['answered as duplicates', counts.duplicates, ''],
    ['violations', violations.length, ''],
  ];
  return rows
    .map(([name, value, detail]) => `${name.padEnd(24)}${String(value).padStart(8)}   ${detail}`.trimEnd())
    .join('\n');
}
