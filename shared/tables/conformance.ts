/** What every implementation of TableStore must do; each runs this suite in its own test file. */
import { beforeEach, describe, expect, it } from 'vitest';
import { conformsToLimits } from './conformanceLimits.ts';
import { expectFailure, insert } from './conformanceSteps.ts';
import { TableError } from './tableStore.ts';
import type { Row, RowProperties, TableOperation, TableStore } from './tableStore.ts';

const TABLE = 'Rows';
const PARTITION = 'north~usmf';

/** Registers the suite. `create` makes a store without tables of its own; it is called before each test. */
export function describeTableStore(name: string, create: () => TableStore | Promise<TableStore>): void {
  describe(`${name} as a table store`, () => {
    let store: TableStore;
    beforeEach(async () => {
      store = await create();
      await store.createTables([TABLE]);
    });
    const transact = (operations: TableOperation[], partition = PARTITION) =>
      store.transact(TABLE, partition, operations);
    const get = (rowKey: string) => store.get(TABLE, PARTITION, rowKey);
    const rows = async (from = ' ', before = '~~~') =>
      (await store.query(TABLE, PARTITION, { from, before })).map((row) => row.rowKey);

    describe('reads and writes', () => {
      it('keeps every kind of value exactly', async () => {
        const properties: RowProperties = {
          text: 'Größe "XL", 50 % – it\'s 日本 🚲\n\ttab',
          empty: '',
          yes: true,
          no: false,
          zero: 0,
          one: 1,
          negative: -7,
          fraction: 0.1,
          instant: 1_766_000_000_123,
          large: Number.MAX_SAFE_INTEGER,
          tiny: 5e-324,
          huge: 1.7976931348623157e308,
          bytes: new Uint8Array([0, 1, 127, 128, 255]),
          noBytes: new Uint8Array(0),
        };
        await transact([insert('a', properties)]);
        expect((await get('a'))?.properties).toEqual(properties);
      });

      it('keeps only the bytes of a view, not the buffer behind it, also when a row is written back as read', async () => {
        const bytes = new Uint8Array(72_000).map((_, index) => index % 251).subarray(10, 65_546);
        await transact([insert('a', { bytes, few: Buffer.from('few') })]);
        const row = await get('a');
        expect(Buffer.compare(row?.properties['bytes'] as Uint8Array, bytes)).toBe(0);
        await transact([insert('b', row?.properties ?? {})]);
        expect((await get('b'))?.properties).toEqual(row?.properties);
      });

      it('keeps fourteen full binary properties', async () => {
        const properties = Object.fromEntries(
          Array.from({ length: 14 }, (_, part) => [
            `d${part}`,
            Uint8Array.from({ length: 64 * 1024 }, (__, index) => (index * 7 + part) % 256),
          ]),
        );
        await transact([insert('batch~1', properties)]);
        const row = await get('batch~1');
        expect(Object.keys(row?.properties ?? {})).toHaveLength(14);
        for (const [property, bytes] of Object.entries(properties)) {
          expect(Buffer.compare(row?.properties[property] as Uint8Array, bytes)).toBe(0);
        }
      });

      it('keeps keys with quotes, percent signs and letters beyond ASCII apart', async () => {
        const keys = [
          "o'brien",
          "o''brien",
          'a%20b',
          'a b',
          'a+b',
          'é',
          'É',
          'a&b=c',
          'x;y',
          'x:y',
          '$batch',
          '(1)',
        ];
        for (const key of keys) await transact([insert(key, { key })]);
        for (const key of keys) expect((await get(key))?.properties).toEqual({ key });
        const tricky = "north~o'brien & söhne";
        const etag = await first(transact([insert('a', {})], tricky));
        await transact([{ kind: 'update', rowKey: 'a', properties: { n: 1 }, etag }], tricky);
        expect((await store.get(TABLE, tricky, 'a'))?.properties).toEqual({ n: 1 });
        expect(await store.query(TABLE, tricky, { from: 'a', before: 'b' })).toHaveLength(1);
      });

      it('finds nothing where nothing is', async () => {
        expect(await get('nobody')).toBeUndefined();
        expect(await rows()).toEqual([]);
      });

      it('keeps partitions and tables apart', async () => {
        await store.createTables(['Others']);
        await transact([insert('a', { of: 1 })]);
        await transact([insert('a', { of: 2 })], 'north~demf');
        expect(await store.get('Others', PARTITION, 'a')).toBeUndefined();
        expect((await get('a'))?.properties).toEqual({ of: 1 });
      });

      it('replaces the whole row on update', async () => {
        const etag = await first(transact([insert('a', { old: 1, both: 1 })]));
        await transact([{ kind: 'update', rowKey: 'a', properties: { both: 2 }, etag }]);
        expect((await get('a'))?.properties).toEqual({ both: 2 });
      });

      it('gives every written row a timestamp that does not go back', async () => {
        const etag = await first(transact([insert('a', {})]));
        const created = (await get('a')) as Row;
        await transact([{ kind: 'update', rowKey: 'a', properties: { n: 1 }, etag }]);
        const updated = (await get('a')) as Row;
        expect(created.timestamp).toBeGreaterThan(0);
        expect(updated.timestamp).toBeGreaterThanOrEqual(created.timestamp);
      });

      it('creates tables that exist already without harm', async () => {
        await transact([insert('a', {})]);
        await store.createTables([TABLE]);
        expect(await rows()).toEqual(['a']);
      });

      it('refuses a table that does not exist by its name', async () => {
        await expectFailure('invalid', store.get('Absent', PARTITION, 'a'), /Absent/);
        await expectFailure(
          'invalid',
          store.query('Absent', PARTITION, { from: 'a', before: 'b' }),
          /Absent/,
        );
        await expectFailure('invalid', store.transact('Absent', PARTITION, [insert('a', {})]), /Absent/);
      });
    });

    describe('ranges', () => {
      it('include their first key, exclude their last, and are in order of the key', async () => {
        await transact(['c', 'a', 'd', 'b'].map((key) => insert(key, {})));
        expect(await rows('a', 'd')).toEqual(['a', 'b', 'c']);
        expect(await rows('b', 'b')).toEqual([]);
        expect(await rows('d', 'e')).toEqual(['d']);
      });

      it('do not see rows of a neighbouring prefix', async () => {
        await transact(['ids~9', 'ids~99', 'ids', 'idt~1', 'head'].map((key) => insert(key, {})));
        expect(await rows('ids~', 'ids\u007e\uffff')).toEqual(['ids~9', 'ids~99']);
      });

      it('select properties, and always carry keys, ETag and timestamp', async () => {
        const etag = await first(transact([insert('a', { small: 1, large: new Uint8Array(1000) })]));
        const [row] = await store.query(TABLE, PARTITION, {
          from: 'a',
          before: 'b',
          select: ['small', 'absent'],
        });
        expect(row).toEqual({
          partitionKey: PARTITION,
          rowKey: 'a',
          etag,
          timestamp: (await get('a'))?.timestamp,
          properties: { small: 1 },
        });
      });

      it('go on over pages until they are complete, and stop at their limit', async () => {
        const keys = Array.from({ length: 1_100 }, (_, n) => String(n).padStart(5, '0'));
        for (let start = 0; start < keys.length; start += 100) {
          await transact(keys.slice(start, start + 100).map((key) => insert(key, {})));
        }
        expect(await rows()).toEqual(keys);
        const limited = async (limit: number) =>
          (await store.query(TABLE, PARTITION, { from: '00050', before: '99999', limit })).length;
        expect([await limited(0), await limited(1), await limited(1_000), await limited(1_001)]).toEqual([
          0, 1, 1_000, 1_001,
        ]);
      });
    });

    describe('transactions', () => {
      it('return the new ETags by position, whatever the mix', async () => {
        const [b, d] = await transact([insert('b', {}), insert('d', {}), insert('x', {}), insert('y', {})]);
        const etags = await transact([
          { kind: 'delete', rowKey: 'x' },
          { kind: 'update', rowKey: 'd', properties: { n: 1 }, etag: d as string },
          insert('a', {}),
          { kind: 'delete', rowKey: 'y' },
          { kind: 'update', rowKey: 'b', properties: { n: 2 }, etag: b as string },
          insert('c', {}),
        ]);
        const stored = await Promise.all(['d', 'a', 'b', 'c'].map(async (key) => (await get(key))?.etag));
        expect(etags).toEqual([undefined, stored[0], stored[1], undefined, stored[2], stored[3]]);
        expect(await rows()).toEqual(['a', 'b', 'c', 'd']);
      });

      it('fail as a whole when a row to insert exists', async () => {
        await transact([insert('b', { n: 1 })]);
        await expectFailure('exists', transact([insert('a', {}), insert('b', { n: 2 }), insert('c', {})]));
        expect(await rows()).toEqual(['b']);
        expect((await get('b'))?.properties).toEqual({ n: 1 });
      });

      it('fail as a whole when a row to update has changed', async () => {
        const old = await first(transact([insert('head', { n: 1 }), insert('hint', {})]));
        await transact([{ kind: 'update', rowKey: 'head', properties: { n: 2 }, etag: old }]);
        await expectFailure(
          'changed',
          transact([
            insert('a', {}),
            { kind: 'delete', rowKey: 'hint' },
            { kind: 'update', rowKey: 'head', properties: { n: 3 }, etag: old },
          ]),
        );
        expect(await rows()).toEqual(['head', 'hint']);
        expect((await get('head'))?.properties).toEqual({ n: 2 });
      });

      it('fail as a whole when a row to update or to delete is missing', async () => {
        const etag = await first(transact([insert('a', {})]));
        await transact([{ kind: 'delete', rowKey: 'a' }]);
        await expectFailure(
          'missing',
          transact([insert('b', {}), { kind: 'update', rowKey: 'a', properties: {}, etag }]),
        );
        await expectFailure('missing', transact([insert('b', {}), { kind: 'delete', rowKey: 'a' }]));
        expect(await rows()).toEqual([]);
      });

      it('let a state row be moved once only', async () => {
        await transact([insert('created~1', {})]);
        const move: TableOperation[] = [{ kind: 'delete', rowKey: 'created~1' }, insert('posted~1', {})];
        const moves = await Promise.allSettled(Array.from({ length: 8 }, () => transact(move)));
        expect(moves.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
        expect(await rows()).toEqual(['posted~1']);
      });

      it('never give two updates of a row one ETag', async () => {
        let etag = await first(transact([insert('a', { n: 0 })]));
        const seen = new Set([etag]);
        for (let n = 1; n <= 200; n += 1) {
          etag = await first(transact([{ kind: 'update', rowKey: 'a', properties: { n }, etag }]));
          seen.add(etag);
        }
        expect(seen.size).toBe(201);
      });

      it('lose no update of eight writers', async () => {
        await transact([insert('counter', { n: 0 })]);
        let changed = 0;
        const writer = async (): Promise<void> => {
          for (let done = 0; done < 10;) {
            const row = (await get('counter')) as Row;
            const n = (row.properties.n as number) + 1;
            try {
              await transact([{ kind: 'update', rowKey: 'counter', properties: { n }, etag: row.etag }]);
              done += 1;
            } catch (error) {
              if (!(error instanceof TableError) || error.failure !== 'changed') throw error;
              changed += 1;
            }
          }
        };
        await Promise.all(Array.from({ length: 8 }, writer));
        expect((await get('counter'))?.properties).toEqual({ n: 80 });
        expect(changed).toBeGreaterThan(0);
      });
    });

    conformsToLimits((operations, partition = PARTITION) => transact(operations, partition), rows);
  });
}

async function first(etags: Promise<(string | undefined)[]>): Promise<string> {
  const [etag] = await etags;
  if (etag === undefined) throw new Error('no ETag came back');
  return etag;
}
