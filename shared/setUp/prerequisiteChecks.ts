/** The article's prerequisites, as far as they can be read; and the posting job, by what it has done. */
import { parseAnswer, isRecord } from '../dynamics/answerJson.ts';
import type { EnvironmentSettings } from '../settings/environmentSettings.ts';
import { sameText, text } from '../supplyChain/entityRecords.ts';
import { found, passed } from './check.ts';
import type { Check } from './check.ts';
import type { SupplyChainReader } from './supplyChainReader.ts';

/** Version 10.0.41: the first with "Inventory Visibility transaction integration". */
const LEAST_RELEASE = 41;
const HEADERS = 'InventoryServiceAdjustmentJournalHeaders';

export const FEATURES = [
  'Inventory Visibility integration',
  'Inventory Visibility integration with inventory adjustment offset',
  'Inventory Visibility transaction integration',
] as const;

/** What no public call tells. */
export const UNREADABLE_PREREQUISITES: readonly Check[] = [
  found(
    'toBeConfirmed',
    'inventoryVisibilityVersion',
    'Inventory Visibility 1.2.3.88 or later',
    'its version cannot be read from here',
    'look at the Inventory Visibility add-in in the admin center, and update it there',
  ),
  ...FEATURES.map((feature) =>
    found(
      'toBeConfirmed',
      'feature',
      feature,
      'whether a feature is on cannot be read from here',
      'switch it on in Feature management of Supply Chain Management',
    ),
  ),
];

/** The action is known from public clients only, so that anything but an answer leaves the question open. @throws DependencyError */
export async function checkVersion(reader: SupplyChainReader): Promise<Check[]> {
  const subject = 'Supply Chain Management 10.0.41 or later';
  const url = `${reader.url}/data/DataManagementEntities/Microsoft.Dynamics.DataEntities.GetApplicationVersion`;
  const response = await reader.requests.post(reader.token, url, {}, 'GetApplicationVersion');
  const answer = response.status === 200 ? parseAnswer(response.body) : undefined;
  const version = isRecord(answer) && typeof answer.value === 'string' ? answer.value.trim() : '';
  const [, release = ''] = /^10\.0\.(\d{1,3})(?:\.\d{1,9})*$/.exec(version) ?? [];
  const remedy = 'look at Help > About in Supply Chain Management; update it in the admin center';
  if (release === '') {
    const told = /^[\d.]{1,40}$/.test(version) ? ` (it tells the build ${version})` : '';
    return [
      found('toBeConfirmed', 'supplyChainVersion', subject, `its version cannot be read${told}`, remedy),
    ];
  }
  return Number(release) >= LEAST_RELEASE
    ? [passed('supplyChainVersion', subject, `it is ${version}`)]
    : [found('fail', 'supplyChainVersion', subject, `it is ${version}`, remedy)];
}

/** @throws DependencyError */
export async function checkPostingJob(
  reader: SupplyChainReader,
  { supplyChain: { entityProfile, postingJobEveryHours }, mappings }: EnvironmentSettings,
): Promise<Check[]> {
  if (!mappings.some(({ targetTransactionStatus }) => targetTransactionStatus === 'Posted')) return [];
  const subject = 'Inventory Visibility posting job';
  if (entityProfile === 'generic-v2')
    return [
      found(
        'fail',
        'postingJob',
        'posting of journals',
        'a mapping asks for Posted, and journals of the profile generic-v2 carry no expected status: nothing has SCM post them',
        'use the profile service, or set targetTransactionStatus to Created and have a batch job or a person post them',
      ),
    ];
  const records = await reader.first({
    entity: HEADERS,
    select: ['JournalNumber', 'PostedDateTime', 'IsPosted'],
    filter: "IsPosted eq Microsoft.Dynamics.DataEntities.NoYes'Yes'",
    top: 1,
  });
  const [posted] = records ?? [];
  if (posted !== undefined && sameText(text(posted, 'IsPosted', HEADERS), 'Yes'))
    return [
      passed(
        'postingJob',
        subject,
        `journal ${text(posted, 'JournalNumber', HEADERS)} of ours has been posted`,
      ),
    ];
  return [
    found(
      'toBeConfirmed',
      'postingJob',
      subject,
      'no journal of ours has been posted yet',
      `Inventory Visibility integration parameters > Transaction: set "Enable adjustment journal sync" to Yes, then "Enable posting job" with a recurrence, best off-peak; postingJobEveryHours (${postingJobEveryHours}) says how often it runs`,
    ),
  ];
}
