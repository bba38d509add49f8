/**
 * Whether journal names in use keep their lines after posting. No public entity lists journal names, but a journal takes
 * the option over from its name, and shows it.
 */
import type { AnswerRecord } from '../dynamics/answerJson.ts';
import type { SupplyChainSettings } from '../settings/environmentSettings.ts';
import { sameText, text, yesOrNo } from '../supplyChain/entityRecords.ts';
import { anyOf, equals } from '../supplyChain/odata.ts';
import { found, passed } from './check.ts';
import type { Check } from './check.ts';
import type { SupplyChainReader } from './supplyChainReader.ts';

/** Journals looked at. */
const MOST = 500;
const DELETES = "AreLinesDeletedAfterPosting eq Microsoft.Dynamics.DataEntities.NoYes'Yes'";
const WHERE = 'Inventory management > Setup > Journal names > Inventory, option "Delete lines after posting"';

/**
 * Under the profile `service` every journal of its entity is ours; under `generic-v2` only names that are given are
 * looked at.
 * @throws DependencyError
 */
export async function checkJournalNames(
  reader: SupplyChainReader,
  { entityProfile, linesDeletedAfterPosting }: SupplyChainSettings,
  journalNames: readonly string[],
): Promise<Check[]> {
  const setting = settingCheck(linesDeletedAfterPosting);
  if (entityProfile === 'generic-v2' && journalNames.length === 0)
    return [
      ...setting,
      found(
        'toBeConfirmed',
        'journalName',
        'journal names',
        'journals of this profile are not told from others',
        `name those in use with --journal-name; ${WHERE} must be No`,
      ),
    ];
  const entity =
    entityProfile === 'service'
      ? 'InventoryServiceAdjustmentJournalHeaders'
      : 'InventoryAdjustmentJournalHeaders';
  const isNamed =
    journalNames.length === 0 ? undefined : anyOf(journalNames.map((name) => equals('JournalNameId', name)));
  const select = ['dataAreaId', 'JournalNumber', 'JournalNameId', 'AreLinesDeletedAfterPosting'];
  const [deleting, some] = await Promise.all([
    reader.first({
      entity,
      select,
      filter: isNamed === undefined ? DELETES : `${DELETES} and ${isNamed}`,
      top: MOST,
    }),
    reader.first({ entity, select, ...(isNamed === undefined ? {} : { filter: isNamed }), top: MOST }),
  ]);
  if (deleting === undefined || some === undefined)
    return [
      ...setting,
      found(
        'toBeConfirmed',
        'journalName',
        'journal names',
        `${entity} cannot be read`,
        `${WHERE} must be No`,
      ),
    ];
  const journals = [...deleting, ...some].map((record) => journalOf(record, entity));
  const names = new Map<string, string>();
  for (const name of [...journalNames, ...journals.map(({ nameId }) => nameId)])
    names.set(name.toLowerCase(), names.get(name.toLowerCase()) ?? name);
  if (names.size === 0)
    return [
      ...setting,
      found(
        'toBeConfirmed',
        'journalName',
        'journal names',
        'there is no journal yet to read it from',
        `${WHERE} must be No; the first journal proves it`,
      ),
    ];
  return [...setting, ...[...names.values()].map((name) => nameCheck(name, journals))];
}

interface JournalOfName {
  readonly company: string;
  readonly number: string;
  readonly nameId: string;
  readonly deletes: boolean;
}

function journalOf(record: AnswerRecord, entity: string): JournalOfName {
  return {
    company: text(record, 'dataAreaId', entity),
    number: text(record, 'JournalNumber', entity),
    nameId: text(record, 'JournalNameId', entity),
    deletes: yesOrNo(record, 'AreLinesDeletedAfterPosting', entity),
  };
}

function nameCheck(name: string, journals: readonly JournalOfName[]): Check {
  const subject = `journal name ${name}`;
  const ofName = journals.filter(({ nameId }) => sameText(nameId, name));
  const deleting = ofName.find(({ deletes }) => deletes);
  if (deleting)
    return found(
      'fail',
      'journalName',
      subject,
      `deletes lines after posting, says journal ${deleting.number} of ${deleting.company}`,
      `set ${WHERE}, to No: what became of a line cannot be read once it is gone`,
    );
  const [one] = ofName;
  return one
    ? passed(
        'journalName',
        subject,
        `keeps lines after posting, say ${ofName.length} journals, e.g. ${one.number}`,
      )
    : found(
        'toBeConfirmed',
        'journalName',
        subject,
        'there is no journal of this name yet to read it from',
        `it must be there, and ${WHERE} must be No; the first journal proves it`,
      );
}

function settingCheck(linesDeletedAfterPosting: SupplyChainSettings['linesDeletedAfterPosting']): Check[] {
  const subject = 'setting linesDeletedAfterPosting';
  switch (linesDeletedAfterPosting) {
    case 'no':
      return [];
    case 'unknown':
      return [
        found(
          'warn',
          'journalName',
          subject,
          'is "unknown", which forbids automatic repeats',
          'set it to "no" once every journal name in use keeps its lines',
        ),
      ];
    case 'yes':
      return [
        found('fail', 'journalName', subject, 'is "yes"', `set ${WHERE}, to No, then the setting to "no"`),
      ];
  }
}
