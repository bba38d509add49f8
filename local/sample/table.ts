/** The sample's result as text. */
import type { BalanceRow, Disposition, Equation } from './balance.ts';

const LINES: readonly (readonly [Disposition, string])[] = [
  ['erp', 'in ERP'],
  ['held', 'held'],
  ['doNotSync', 'DoNotSync'],
  ['parkedByCache', 'parked by the cache'],
  ['parkedByJournal', 'parked by the journals'],
  ['open', 'not settled'],
];
const DIFFERENCES_SHOWN = 5;

/** Each equation with a row per legal entity and one in all, marked as equal or not. */
export function balanceTable(rows: readonly BalanceRow[]): string {
  return [
    linesTable(rows),
    equationTable('accepted = applied to IV + parked', 'accepted', rows, ({ cache }) => cache),
    equationTable(
      'accepted = in ERP + held + DoNotSync + parked   (as stock: what a measure takes away counts negative)',
      'accepted',
      rows,
      ({ journals }) => journals,
    ),
    equationTable(
      'posting left fno + measures in IV as it was   (as stock)',
      'before posting',
      rows,
      ({ stock }) => stock,
    ),
  ].join('\n\n');
}

function linesTable(rows: readonly BalanceRow[]): string {
  const shown = LINES.filter(([disposition]) => rows.some(({ lines }) => lines[disposition] > 0));
  const header = ['', 'accepted', ...shown.map(([, name]) => name)];
  const body = rows.map(({ organizationId, lines }) => {
    const counts = shown.map(([disposition]) => lines[disposition]);
    const total = Object.values(lines).reduce((sum, count) => sum + count, 0);
    return [organizationId ?? 'in all', ...[total, ...counts].map((count) => count.toLocaleString('en'))];
  });
  return `Lines\n${aligned([header, ...body])}`;
}

function equationTable(
  title: string,
  leftName: string,
  rows: readonly BalanceRow[],
  equationOf: (row: BalanceRow) => Equation,
): string {
  const names = Object.keys(rows[0] ? equationOf(rows[0]).right : {});
  const body = rows.map((row) => {
    const { left, right, differences } = equationOf(row);
    const mark =
      differences.length === 0
        ? 'equal'
        : `NOT EQUAL at ${differences.length} place${differences.length === 1 ? '' : 's'}`;
    return [row.organizationId ?? 'in all', left, ...names.map((name) => right[name] ?? '0'), mark];
  });
  const different = rows.slice(0, -1).flatMap((row) => equationOf(row).differences);
  const more = different.length - DIFFERENCES_SHOWN;
  return [
    title,
    aligned([['', leftName, ...names, ''], ...body]),
    ...different.slice(0, DIFFERENCES_SHOWN).map((difference) => `    ${difference}`),
    ...(more > 0 ? [`    … and ${more} more`] : []),
  ].join('\n');
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.map((_, column) => column) ?? [];
  const widths = columns.map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('   ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join('\n');
}
