/** The part of the conformance suite about limits: what the real service refuses is refused before it is sent. */
import { describe, expect, it } from 'vitest';
import { expectFailure, insert } from './conformanceSteps.ts';
import type { PropertyValue, TableOperation } from './tableStore.ts';

type Transact = (operations: TableOperation[], partition?: string) => Promise<unknown>;

/** Registers the tests; `rows` lists the row keys of the partition. */
export function conformsToLimits(transact: Transact, rows: () => Promise<string[]>): void {
  const one = (value: PropertyValue) => transact([insert('a', { value })]);
  const kib = (count: number) => new Uint8Array(count * 1024);

  describe('limits', () => {
    it('allow a transaction of 100 rows and refuse 101 or none', async () => {
      const many = (count: number) => Array.from({ length: count }, (_, n) => insert(`r${n}`, {}));
      await expectFailure('invalid', transact(many(101)), /101 operations/);
      await expectFailure('invalid', transact([]), /0 operations/);
      expect(await rows()).toEqual([]);
      await transact(many(100));
      expect(await rows()).toHaveLength(100);
    });

    it('refuse one row twice in a transaction', async () => {
      const twice: TableOperation[] = [insert('a', {}), { kind: 'delete', rowKey: 'a' }];
      await expectFailure('invalid', transact(twice), /row a occurs twice/);
    });

    it('allow a property of 64 KiB and refuse more', async () => {
      await expectFailure('invalid', one(new Uint8Array(65_537)), /property value of row a has 65537 bytes/);
      await expectFailure('invalid', one('x'.repeat(32_769)), /32769 characters/);
      await transact([insert('a', { binary: kib(64), text: 'x'.repeat(32_768) })]);
    });

    it('allow 252 properties and refuse more', async () => {
      const properties = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, n]));
      await expectFailure('invalid', transact([insert('a', properties(253))]), /row a has 253 properties/);
      await transact([insert('a', properties(252))]);
    });

    it('allow a row of nearly 1 MiB and refuse one beyond it', async () => {
      const row = (count: number) =>
        insert('a', Object.fromEntries(Array.from({ length: count }, (_, n) => [`d${n}`, kib(64)])));
      await expectFailure('invalid', transact([row(16)]), /row a has \d+ bytes; at most 1048576/);
      await transact([row(15)]);
    });

    it('refuse a transaction beyond 4 MiB as it travels', async () => {
      const properties = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`d${n}`, kib(64)]));
      const rowsOf960KiB = ['a', 'b', 'c', 'd'].map((key) => insert(key, properties));
      await expectFailure('invalid', transact(rowsOf960KiB), /transaction of \d+ bytes .* at most 4194304/);
      await transact(rowsOf960KiB.slice(0, 3));
    });

    it.each([
      ['empty', ''],
      ['too long', 'k'.repeat(513)],
      ['with a slash', 'a/b'],
      ['with a backslash', 'a\\b'],
      ['with a number sign', 'a#b'],
      ['with a question mark', 'a?b'],
      ['with a line feed', 'a\nb'],
      ['with a C1 control character', 'a\u0085b'],
      ['with half a surrogate pair', 'a\ud800b'],
    ])('refuse a key %s', async (_, key) => {
      await expectFailure('invalid', transact([insert(key, {})]), /row key/);
      await expectFailure('invalid', transact([insert('a', {})], key), /partition key/);
    });

    it('allow a key of 512 characters', async () => {
      const key = 'k'.repeat(512);
      await transact([insert(key, {})]);
      expect(await rows()).toEqual([key]);
    });

    it.each(['PartitionKey', 'rowKey', 'Timestamp', 'etag', '1st', 'a-b', 'a b', ''])(
      'refuse the property name "%s"',
      async (name) => {
        await expectFailure('invalid', transact([insert('a', { [name]: 1 })]), /property/);
      },
    );

    it('refuse values that would not come back as they are', async () => {
      for (const value of [NaN, Infinity, -Infinity, 'half \udc00 pair']) {
        await expectFailure('invalid', one(value), /property value of row a/);
      }
    });

    it('refuse an update without a concrete ETag', async () => {
      for (const etag of ['', '*']) {
        const update: TableOperation = { kind: 'update', rowKey: 'a', properties: {}, etag };
        await expectFailure('invalid', transact([update]), /update of row a names no ETag/);
      }
    });
  });
}
