/** What the tests of table stores have in common. */
import { expect } from 'vitest';
import { TableError } from './tableStore.ts';
import type { RowProperties, TableFailure, TableOperation } from './tableStore.ts';

export function insert(rowKey: string, properties: RowProperties): TableOperation {
  return { kind: 'insert', rowKey, properties };
}

/** The call fails with that failure, and its message says what `message` looks for. */
export async function expectFailure(
  failure: TableFailure,
  call: Promise<unknown>,
  message = /./,
): Promise<void> {
  const error: unknown = await call.then(
    () => 'the call succeeded',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TableError);
  expect((error as TableError).failure).toBe(failure);
  expect((error as TableError).message).toMatch(message);
}
