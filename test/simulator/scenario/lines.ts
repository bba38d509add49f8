/** Lines as clients post them: few products, many measures, quantities that cancel out now and then. */
import type { ClientLine } from '../checker/answers.ts';
import type { Prng } from '../engine/prng.ts';

/** Refused by Inventory Visibility, and by SCM. */
export const BAD_FOR_IV = 'IVBAD';
export const BAD_FOR_SCM = 'SCMBAD';

const MEASURES = [
  ['@iv', 'adjustment'],
  ['@iv', 'adjustment'],
  ['POS', 'Sold'],
  ['pos', 'draft'],
  ['pos', 'counted'],
  ['pos', 'loose'],
] as const;
/** Two of them are more than one journal line can hold. */
const BEYOND_HALF = '90000000000';
const QUANTITIES = [
  '1',
  '-1',
  '2',
  '-2',
  '0.1',
  '0.2',
  '-0.3',
  '12.5',
  '-12.5',
  '1000000.0000000001',
  '0.3e1',
  '7',
];

export function drawnLine(prng: Prng, organizationId: string, id: string): ClientLine {
  if (prng.chance(0.03))
    return {
      id,
      organizationId,
      productId: 'HEAVY',
      quantityDataSource: '@iv',
      physicalMeasure: 'adjustment',
      quantity: BEYOND_HALF,
      dimensions: { siteId: '1', locationId: '13' },
    };
  const [quantityDataSource, physicalMeasure] = prng.pick(MEASURES);
  const roll = prng.fraction();
  const productId =
    roll < 0.05 ? BAD_FOR_IV : roll < 0.1 ? BAD_FOR_SCM : prng.pick(['A100', 'a100', 'B200', 'Ç-3']);
  return {
    id,
    organizationId: prng.chance(0.3) ? organizationId.toLowerCase() : organizationId,
    productId,
    quantityDataSource,
    physicalMeasure,
    quantity: plain(prng.pick(QUANTITIES)),
    dimensions: {
      siteId: prng.pick(['1', '2']),
      locationId: '13',
      ...(prng.chance(0.2) ? { ColorId: prng.pick(['Red', 'Blue, "dark"']) } : {}),
    },
    ...(prng.chance(0.2) ? { costPrice: prng.pick(['3', '4.25']) } : {}),
    ...(prng.chance(0.2) ? { transDate: prng.pick(['2026-01-31', '2026-02-01']) } : {}),
    ...(prng.chance(0.1) ? { fnoJournalNameId: 'IAdj' } : {}),
    ...(prng.chance(0.2) ? { externalReferenceId: `R${prng.between(1, 3)}` } : {}),
  };
}

/** The checker's own decimals have no exponents. */
function plain(quantity: string): string {
  return quantity === '0.3e1' ? '3' : quantity;
}
