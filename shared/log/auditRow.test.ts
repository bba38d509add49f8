import { expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { createLogTables, editRow, PARTITION } from '../../test/support/logUnderTest.ts';
import { type AuditState, auditWrite, readAudit } from './auditRow.ts';
import { ADJUSTMENT_LOG, AUDIT_KEY } from './rowKeys.ts';

const azurite = useAzurite();

test('an audit is written again only as it was read', async () => {
  const store = azurite.store();
  await createLogTables(store);
  const write = (state: AuditState, etag?: string) =>
    store.transact(ADJUSTMENT_LOG, PARTITION, [auditWrite(state, etag)]);
  const first: AuditState = {
    at: 5,
    findings: [{ code: 'RowUnreadable', count: 2, subjects: ['batch 17'], repaired: 0, since: 4 }],
    walk: { nextSeq: 3, nextRun: 1, found: [], foundBefore: [] },
  };
  expect(await readAudit(store, PARTITION)).toBeUndefined();
  await write(first);
  await expect(write(first)).rejects.toMatchObject({ failure: 'exists' });
  const stored = await readAudit(store, PARTITION);
  expect(stored?.state).toEqual(first);
  await write({ ...first, at: 6 }, stored?.etag);
  await expect(write(first, stored?.etag)).rejects.toMatchObject({ failure: 'changed' });
  expect((await readAudit(store, PARTITION))?.state.at).toBe(6);
  await editRow(store, AUDIT_KEY, { v: 2 });
  await expect(readAudit(store, PARTITION)).rejects.toThrow('has v 2');
});
