import { describe, expect, test } from 'vitest';
import { redriveOrder, verdictOrder } from './redriveOrder.ts';

const ID = '0123abcd-0000-8000-8000-00000000000f';
const bytes = (body: unknown): Uint8Array => Buffer.from(JSON.stringify(body));

describe('an order to drive lines again', () => {
  test('names lines, in any spelling of their ids, or a legal entity', () => {
    expect(redriveOrder(bytes({ reason: 'r', lineRecordIds: [ID.toUpperCase()] }))).toEqual({
      reason: 'r',
      scope: { lineRecordIds: [ID] },
    });
    expect(redriveOrder(bytes({ reason: 'r', organizationId: 'usmf' }))).toEqual({
      reason: 'r',
      scope: { organizationId: 'usmf', parkReasons: ['refused', 'unfoldable'] },
    });
    const one = redriveOrder(bytes({ reason: 'r', organizationId: 'usmf', parkReason: 'refused' }));
    expect(one.scope).toMatchObject({ parkReasons: ['refused'] });
  });

  test.each([
    [{ lineRecordIds: [ID] }, 'reason is missing'],
    [{ reason: 'r' }, 'either lineRecordIds or organizationId'],
    [{ reason: 'r', lineRecordIds: [ID], organizationId: 'usmf' }, 'either lineRecordIds or organizationId'],
    [{ reason: 'r', lineRecordIds: [] }, '1 to 5000'],
    [{ reason: 'r', lineRecordIds: ID }, '1 to 5000'],
    [{ reason: 'r', lineRecordIds: ['SO-1'] }, '"SO-1" is none'],
    [{ reason: 'r', lineRecordIds: [7] }, 'must be a GUID'],
    [{ reason: 'r', lineRecordIds: [ID], parkReason: 'refused' }, 'goes with organizationId'],
    [{ reason: 'r', organizationId: 'usmf', parkReason: 'unknown' }, 'needs a verdict'],
    [{ reason: 'r', organizationId: 'usmf', parkReason: 'bad' }, 'refused or unfoldable'],
    [{ reason: 7, organizationId: 'usmf' }, 'must be a string'],
    [{ reason: 'r'.repeat(501), organizationId: 'usmf' }, 'at most 500'],
    [{ reason: 'r', lines: [] }, '"lines" is no field'],
    [[], 'not a JSON object'],
  ])('%j is refused: %s', (body, message) => {
    expect(() => redriveOrder(bytes(body))).toThrow(message);
  });

  test('that is no JSON is refused', () => {
    expect(() => redriveOrder(Buffer.from('{'))).toThrow('not acceptable JSON');
    expect(() => redriveOrder(Uint8Array.of(0xff))).toThrow('UTF-8');
  });
});

describe('a verdict', () => {
  const lines = [{ lineRecordId: ID, batch: 7 }];

  test('names each line with the batch that it is parked in', () => {
    const order = { reason: 'r', verdict: 'applied', lines };
    expect(verdictOrder(bytes(order))).toEqual(order);
  });

  test.each([
    [{ reason: 'r', verdict: 'maybe', lines }, '"applied" or "notApplied"'],
    [{ verdict: 'applied', lines }, 'reason is missing'],
    [{ reason: 'r', verdict: 'applied' }, '1 to 5000'],
    [{ reason: 'r', verdict: 'applied', lines: [ID] }, 'An entry of lines is not a JSON object'],
    [{ reason: 'r', verdict: 'applied', lines: [{ lineRecordId: ID }] }, 'batch of an entry'],
    [{ reason: 'r', verdict: 'applied', lines: [{ lineRecordId: ID, batch: 0 }] }, 'batch of an entry'],
    [{ reason: 'r', verdict: 'applied', lines: [{ batch: 1 }] }, 'must be a GUID'],
  ])('%j is refused: %s', (body, message) => {
    expect(() => verdictOrder(bytes(body))).toThrow(message);
  });
});
