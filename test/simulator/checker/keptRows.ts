/**
 * The rows of the store together with those that retention has removed: what was removed rightly still counts in the
 * books, and everything that holds of a log holds of its past as well.
 */
import type { RawTables } from './logView.ts';
import type { RawRow } from './rawRows.ts';

export class KeptRows implements RawTables {
  readonly #stored: RawTables;
  readonly #removed = new Map<string, Map<string, RawRow>>();

  constructor(stored: RawTables) {
    this.#stored = stored;
  }

  keep(table: string, partitionKey: string, row: RawRow): void {
    const key = `${table} ${partitionKey}`;
    const rows = this.#removed.get(key) ?? new Map<string, RawRow>();
    this.#removed.set(key, rows.set(row.rowKey, row));
  }

  partitions(table: string): readonly string[] {
    return this.#stored.partitions(table);
  }

  query(table: string, partitionKey: string, range: { from: string; before: string }): readonly RawRow[] {
    const stored = this.#stored.query(table, partitionKey, range);
    const removed = this.#removed.get(`${table} ${partitionKey}`);
    if (removed === undefined) return stored;
    const known = new Set(stored.map(({ rowKey }) => rowKey));
    const also = [...removed.values()].filter(
      ({ rowKey }) => rowKey >= range.from && rowKey < range.before && !known.has(rowKey),
    );
    return [...stored, ...also].sort((one, other) => (one.rowKey < other.rowKey ? -1 : 1));
  }
}
