/** Whether Supply Chain Management answers to our token, and has the legal entities of the settings. */
import type { EnvironmentSettings } from '../settings/environmentSettings.ts';
import { sameText, text } from '../supplyChain/entityRecords.ts';
import { found, passed } from './check.ts';
import type { Check } from './check.ts';
import type { SupplyChainReader } from './supplyChainReader.ts';

const ENTITY = 'LegalEntities';
/** More than anybody has. */
const MOST = 5_000;
const NAMED = 20;

/** The first check is about reaching the environment at all. @throws DependencyError */
export async function checkLegalEntities(
  reader: SupplyChainReader,
  { legalEntities }: EnvironmentSettings,
  sampleOrganization: string | undefined,
): Promise<Check[]> {
  const records = await reader.first({ entity: ENTITY, select: ['LegalEntityId'], top: MOST });
  if (records === undefined)
    return [
      found(
        'fail',
        'supplyChain',
        reader.url,
        'answers, but has no /data/LegalEntities',
        'check supplyChain.url: the address of finance and operations, without a path',
      ),
    ];
  const known = records.map((record) => text(record, 'LegalEntityId', ENTITY));
  const names = known.slice(0, NAMED).join(', ') + (known.length > NAMED ? ', …' : '');
  const reached = passed('supplyChain', reader.url, `answers; ${known.length} legal entities: ${names}`);
  const wanted = [
    ...legalEntities.map(({ organizationId }) => organizationId),
    ...(sampleOrganization === undefined ? [] : [sampleOrganization]),
  ].filter((one, index, all) => all.findIndex((other) => sameText(other, one)) === index);
  if (wanted.length === 0)
    return [
      reached,
      found(
        'toBeConfirmed',
        'legalEntity',
        'legal entities',
        'the settings list none, so any is taken',
        'list those that may be posted to under legalEntities, each with its time zone',
      ),
    ];
  return [
    reached,
    ...wanted.map((organizationId) =>
      known.some((one) => sameText(one, organizationId))
        ? passed('legalEntity', `legal entity ${organizationId}`, 'is there')
        : found(
            'fail',
            'legalEntity',
            `legal entity ${organizationId}`,
            `is not among ${names}`,
            'correct it under legalEntities of the settings, or give the user of the application access to it',
          ),
    ),
  ];
}
