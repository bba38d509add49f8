/** What the clients of a soak post, and the environment in which it means something. */
import type { ClientLine } from '../simulator/checker/answers.ts';
import type { Prng } from '../simulator/engine/prng.ts';
import { mapping } from '../simulator/scenario/settingsDocument.ts';
import type { SettingsChanges } from '../support/localSettings.ts';

export const LEGAL_ENTITIES = ['USMF', 'DEMF', 'JPMF'] as const;
/** The journal names that the simulated ERP has. */
export const JOURNAL_NAMES = ['IAdj', 'IMov'];
/** A measure that the business layer takes and Inventory Visibility refuses. */
const REFUSED_MEASURE = 'refused';

/** Measures whose lines are posted, posted the other way round, left unposted, held, not mapped, and refused by the cache. */
const MEASURES = ['adjustment', 'sold', 'draft', 'counted', 'loose'];

/** Inventory Visibility's own configuration. */
export const CACHE_DATA_SOURCES = [{ name: 'pos', physicalMeasures: MEASURES }];

/** What the settings document of the tests is changed to. */
export const SOAK_SETTINGS: SettingsChanges = {
  dataSources: [{ name: 'pos', physicalMeasures: [...MEASURES, REFUSED_MEASURE], dimensionNames: {} }],
  mappings: [
    mapping('pos', 'adjustment', 'Posted'),
    mapping('pos', 'sold', 'Posted', { direction: 'opposite' }),
    mapping('pos', 'draft', 'Created'),
    mapping('pos', 'counted', 'None'),
  ],
  jobSettings: {
    startTime: '2024-01-01T00:00:00Z',
    recurrenceInterval: 3,
    recurrenceUnit: 'minute',
    timeZone: 'UTC',
  },
  maxLineCountPerJournal: 40,
  maxJournalCountPerPackage: 2,
};

const QUANTITIES = ['1', '-1', '2', '-2', '0.1', '0.2', '-0.3', '12.5', '-12.5', '1000000.0000000001', '7'];

/** A line as a client means it. */
export function drawnLine(prng: Prng, id: string): ClientLine {
  const organizationId = prng.pick(LEGAL_ENTITIES);
  const roll = prng.fraction();
  const measure =
    roll < 0.02
      ? REFUSED_MEASURE
      : roll < 0.04
        ? 'draft'
        : prng.pick(['adjustment', 'adjustment', 'adjustment', 'sold', 'sold', 'counted', 'loose']);
  return {
    id,
    organizationId: prng.chance(0.2) ? organizationId.toLowerCase() : organizationId,
    productId: prng.pick(['A100', 'a100', 'B200', 'Ç-3', 'D400']),
    quantityDataSource: prng.chance(0.2) ? 'POS' : 'pos',
    physicalMeasure: measure,
    quantity: prng.pick(QUANTITIES),
    dimensions: {
      siteId: prng.pick(['1', '2']),
      locationId: prng.pick(['11', '13']),
      ...(prng.chance(0.2) ? { ColorId: prng.pick(['Red', 'Sky, "9"']) } : {}),
    },
    ...(prng.chance(0.2) ? { costPrice: prng.pick(['3', '4.25']) } : {}),
    ...(prng.chance(0.2) ? { transDate: prng.pick(['2026-01-31', '2026-02-01']) } : {}),
    ...(prng.chance(0.1) ? { fnoJournalNameId: prng.chance(0.1) ? 'NoSuchName' : 'IMov' } : {}),
    ...(prng.chance(0.2) ? { externalReferenceId: `R${prng.between(1, 3)}` } : {}),
  };
}
