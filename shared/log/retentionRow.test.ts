import { expect, test } from 'vitest';
import { RETENTION_KEY } from './rowKeys.ts';
import { NO_RETENTION, retentionOf, retentionProperties, type RetentionState } from './retentionRow.ts';

test('how far retention has come is read back; a log without the row has not begun', () => {
  const state: RetentionState = { beganAt: 1, through: 2, kept: [1], removedThrough: 3, sweptThrough: 4 };
  const row = { partitionKey: 'p', rowKey: RETENTION_KEY, etag: 'e', timestamp: 0 };
  expect(retentionOf({ ...row, properties: retentionProperties(state) })).toEqual(state);
  expect(() => retentionOf({ ...row, properties: { ...retentionProperties(state), v: 2 } })).toThrow(
    'has v 2',
  );
  expect(retentionOf(undefined)).toBe(NO_RETENTION);
  expect(NO_RETENTION).toEqual({ beganAt: 0, through: 0, kept: [], removedThrough: 0, sweptThrough: 0 });
});
