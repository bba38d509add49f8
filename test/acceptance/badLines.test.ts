/** A line that cannot be accepted is refused by line, field, value and remedy, and nothing of its request is written. */
import { describe, expect, test } from 'vitest';
import { line } from '../support/localSettings.ts';
import { useRefusingSystem } from '../support/refusingSystem.ts';

const running = useRefusingSystem();

const good = (id: string): string => JSON.stringify(line(id));
const text = (...lines: readonly string[]): string => `[${lines.join(',')}]`;
/** A good line as text with one member put in place of another. */
const replaced = (member: RegExp, by: string): string => good('replaced').replace(member, by);

describe('a line that cannot be accepted', () => {
  type Changes = Readonly<Record<string, unknown>>;
  test.for<readonly [string, Changes | string, string, string, string | undefined, RegExp]>([
    ['no object', '7', 'NotAnObject', '', undefined, /must be a JSON object/],
    ['unknown field', { colour: 'red' }, 'UnknownField', 'colour', undefined, /The fields are: id,/],
    ['field twice', { ID: 'other' }, 'DuplicateField', 'id', 'ID', /keep one/],
    ['no id', { id: undefined }, 'MissingField', 'id', undefined, /required/],
    ['empty id', { id: '' }, 'MissingField', 'id', undefined, /required/],
    ['id a number', { id: 12 }, 'WrongType', 'id', '12', /must be a string/],
    ['id too long', { id: 'x'.repeat(129) }, 'TooLong', 'id', undefined, /at most 128/],
    ['space at the end', { id: 'a ' }, 'InvalidCharacters', 'id', 'a ', /remove it/],
    ['no legal entity', { organizationId: null }, 'MissingField', 'organizationId', undefined, /required/],
    ['no product', { productId: undefined }, 'MissingField', 'productId', undefined, /required/],
    ['no quantity', { quantity: undefined }, 'MissingField', 'quantity', undefined, /required/],
    ['quantity a truth value', { quantity: true }, 'WrongType', 'quantity', 'true', /decimal string/],
    ['comma', { quantity: '12,5' }, 'NotADecimal', 'quantity', '12,5', /use a point.*"12\.5"/],
    ['"NaN"', { quantity: 'NaN' }, 'NotADecimal', 'quantity', 'NaN', /write digits/],
    [
      'too precise',
      { quantity: '0.12345678901' },
      'TooManyDecimals',
      'quantity',
      '0.12345678901',
      /at most 10/,
    ],
    ['1e309', replaced(/"quantity":1/, '"quantity":1e309'), 'OutOfRange', 'quantity', '1e309', /between/],
    ['cost', { costPrice: '1.2.3' }, 'NotADecimal', 'costPrice', '1.2.3', /decimal/],
    ['no such day', { transDate: '2026-02-30' }, 'InvalidDate', 'transDate', '2026-02-30', /yyyy-MM-dd/],
    ['dimensions a list', { dimensions: [] }, 'WrongType', 'dimensions', undefined, /object of dimension/],
    [
      'no warehouse',
      { dimensions: { siteId: '1' } },
      'MissingDimension',
      'dimensions.locationId',
      undefined,
      /required/,
    ],
    [
      'unknown dimension',
      { dimensions: { siteId: '1', locationId: '13', mood: 'blue' } },
      'UnknownDimension',
      'dimensions.mood',
      'blue',
      /it understands shop/,
    ],
    [
      'one dimension by two names',
      { dimensions: { siteId: '1', locationId: '13', shop: '14' } },
      'ConflictingDimensions',
      'dimensions.shop',
      '14',
      /send one of them/,
    ],
    [
      'unknown data source',
      { quantityDataSource: 'fax' },
      'UnknownDataSource',
      'quantityDataSource',
      'fax',
      /the data sources are pos, web/,
    ],
    [
      'data source of the ERP',
      { quantityDataSource: 'FnO' },
      'ReservedDataSource',
      'quantityDataSource',
      'FnO',
      /use the data source of/,
    ],
    [
      'unknown measure',
      { physicalMeasure: 'lost' },
      'UnknownPhysicalMeasure',
      'physicalMeasure',
      'lost',
      /it has inbound, sold, counted/,
    ],
  ])('%s', async ([, wrong, code, field, value, message]) => {
    const bad = typeof wrong === 'string' ? wrong : JSON.stringify({ ...line('wrong'), ...wrong });
    const problem = await running().refused(400, 'InvalidLines', () =>
      running().system.post(undefined, { body: text(good('fine'), bad) }),
    );
    expect(problem.errors).toHaveLength(1);
    expect(problem.errors?.[0]).toMatchObject({
      code,
      line: 1,
      field,
      ...(value === undefined ? {} : { value }),
    });
    expect(problem.errors?.[0]?.message).toMatch(message);
    expect(problem.detail).toMatch(/^Nothing was written: /);
  });

  test('one id twice in a request: both lines are named', async () => {
    const lines = [line('twin'), line('single'), line('twin', { organizationId: 'usmf', quantity: 2 })];
    const problem = await running().refused(400, 'InvalidLines', () => running().system.post(lines));
    expect(problem.errors?.map((error) => [error.code, error.line, error.value])).toEqual([
      ['DuplicateIdInRequest', 0, 'twin'],
      ['DuplicateIdInRequest', 2, 'twin'],
    ]);
  });

  test('an id that is used already with other content', async () => {
    await running().system.post([line('used')]);
    const problem = await running().refused(409, 'IdConflict', () =>
      running().system.post([line('used', { quantity: 5 })]),
    );
    expect(problem.detail).toMatch(/"used" of line 0 .*new id/);
  });
});
