/**
 * What the benchmark posts and stores: lines with every field that the API has, some twenty properties each, and ids as
 * most systems make them: GUIDs, in no order.
 */
import { hash } from 'node:crypto';
import { line, type PostedLine } from '../support/localSettings.ts';

const PRODUCTS = 500;
const SHOPS = 40;

/** The nth line; `tag` keeps the ids of one run of the benchmark apart from those of another. */
export function benchLine(tag: string, n: number): PostedLine {
  return line(idOf(tag, n), {
    productId: `D${String(n % PRODUCTS).padStart(4, '0')}`,
    quantity: (n % 19) - 9.25,
    dimensions: {
      siteId: '1',
      locationId: String(n % SHOPS),
      wmsLocationId: `BULK-${n % 7}`,
      licensePlateId: `LP-${n % 1000}`,
      statusId: 'Available',
      batchId: `B-2026-${n % 12}`,
      colorId: ['Red', 'Black', 'White'][n % 3],
      sizeId: ['S', 'M', 'L', 'XL'][n % 4],
    },
    externalReferenceCategory: 'SalesOrder',
    externalReferenceId: `SO-${String(n >> 3).padStart(8, '0')}`,
    fnoJournalNameId: 'IAdj',
    costPrice: '12.5',
    transDate: '2026-01-31',
  });
}

/** A GUID that looks random, the same for the same line. */
function idOf(tag: string, n: number): string {
  const digits = hash('sha256', `${tag} ${n}`, 'hex');
  const [a, b, c, d, e] = [
    [0, 8],
    [8, 12],
    [13, 16],
    [17, 20],
    [20, 32],
  ].map(([from, to]) => digits.slice(from, to));
  return `${a}-${b}-4${c}-a${d}-${e}`;
}

/** Bodies of requests of `size` lines each; their lines are numbered through. */
export function benchBodies(tag: string, requests: number, size: number): Buffer[] {
  return Array.from({ length: requests }, (_, request) =>
    Buffer.from(
      JSON.stringify(Array.from({ length: size }, (_, index) => benchLine(tag, request * size + index))),
    ),
  );
}
