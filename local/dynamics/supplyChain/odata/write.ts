/**
 * Writing over OData: a journal header of the generic entity (SCM gives the number, as practitioners see it for
 * counting journals), a data project, and a header's description or expected status. Source: odata.md.
 */
import { isObject } from '../../exactJson.ts';
import { Refusal } from '../../http/exchange.ts';
import type { World } from '../../state/world.ts';
import { journalNumberOf } from '../importDraft.ts';
import { isKnownName } from '../importRows.ts';
import type { ExpectedStatus, Journal } from '../journalRecords.ts';
import { ENUMS } from './entitySet.ts';
import type { Row } from './entitySet.ts';
import { headerRow } from './journalEntitySets.ts';

export interface WriteSetUp {
  readonly world: World;
  readonly companies: readonly string[];
  readonly journalNames: readonly string[] | undefined;
  readonly defaultJournalName: string;
}

/** `POST /data/{EntitySet}`: the entity as created. @throws Refusal 400 or 405 */
export function createEntity(entitySet: string, body: unknown, setUp: WriteSetUp): Row {
  const read = new Properties(entitySet, body);
  if (entitySet === 'DataManagementDefinitionGroups') return createProject(read, setUp);
  if (entitySet !== 'InventoryAdjustmentJournalHeaders') throw notWritable(entitySet);
  const { world } = setUp;
  const areaId = read.text('dataAreaId', 4) ?? setUp.companies[0] ?? '';
  const company = setUp.companies.find((known) => known.toUpperCase() === areaId.toUpperCase());
  if (company === undefined) throw new Refusal(400, `Company "${areaId}" does not exist.`);
  const journalNameId = read.text('JournalNameId', 10) ?? setUp.defaultJournalName;
  if (!isKnownName(journalNameId, setUp)) {
    throw new Refusal(
      400,
      `Write failed for table row of type 'InventInventoryAdjustmentJournalHeaderEntity'. Infolog: Warning: The value '${journalNameId}' in field 'Name' is not found in the related table 'Inventory journal names'.`,
    );
  }
  const given = read.text('JournalNumber', 20);
  if (given !== undefined && world.erp.journal(company, given)) {
    throw new Refusal(400, `Cannot create a record: journal ${given} already exists.`);
  }
  const count = world.erp.numbers.journal + 1;
  const journal: Journal = {
    company,
    journalNumber: given ?? journalNumberOf(count),
    journalNameId,
    description: read.text('Description', 60) ?? '',
  };
  read.refuseOthers();
  const numbers = given === undefined ? { ...world.erp.numbers, journal: count } : world.erp.numbers;
  world.commit({ kind: 'erp', change: { journals: [journal], numbers } });
  return headerRow(journal);
}

/** `PATCH /data/{EntitySet}(key)` of a journal that was found. @throws Refusal 400 or 405 */
export function changeHeader(entitySet: string, found: Row, body: unknown, { world }: WriteSetUp): void {
  if (!/^Inventory(Service)?AdjustmentJournalHeaders$/.test(entitySet)) throw notWritable(entitySet);
  const read = new Properties(entitySet, body);
  const { dataAreaId, JournalNumber } = found;
  const journal =
    typeof dataAreaId === 'string' && typeof JournalNumber === 'string'
      ? world.erp.journal(dataAreaId, JournalNumber)
      : undefined;
  if (!journal) throw new Refusal(404, 'The journal is gone.');
  const description = read.text('Description', 60);
  const expected = entitySet.includes('Service')
    ? read.text('InventoryServiceJournalExpectedStatus', 20)
    : undefined;
  read.refuseOthers();
  if (journal.posting)
    throw new Refusal(400, `Journal ${journal.journalNumber} is posted and cannot be changed.`);
  const members: readonly string[] = ENUMS.InventoryServiceJournalExpectedStatus;
  if (expected !== undefined && !members.includes(expected)) {
    throw new Refusal(400, `"${expected}" is no member of InventoryServiceJournalExpectedStatus.`);
  }
  const changed: Journal = {
    ...journal,
    ...(description === undefined ? {} : { description }),
    ...(expected === undefined ? {} : { expectedStatus: expected as ExpectedStatus }),
  };
  world.commit({ kind: 'erp', change: { journals: [changed] } });
}

function createProject(read: Properties, { world }: WriteSetUp): Row {
  const name = read.text('Name', 60);
  if (name === undefined) throw new Refusal(400, 'Field Name must be filled in.');
  const description = read.text('Description', 60) ?? '';
  const operation = read.text('OperationType', 20) ?? 'Import';
  const category = read.text('ProjectCategory', 20) ?? 'Project';
  if (world.erp.projects.has(name.toUpperCase())) {
    throw new Refusal(400, `Cannot create a record: data project ${name} already exists.`);
  }
  world.commit({ kind: 'erp', change: { projects: [name] } });
  return { Name: name, Description: description, OperationType: operation, ProjectCategory: category };
}

/** The properties of a body, each to be asked for once. */
class Properties {
  readonly #entitySet: string;
  readonly #values: Map<string, unknown>;

  constructor(entitySet: string, body: unknown) {
    if (!isObject(body)) throw new Refusal(400, 'The body is not a JSON object.');
    this.#entitySet = entitySet;
    this.#values = new Map(Object.entries(body));
  }

  /** Undefined where absent or empty. @throws Refusal 400 when it is no text of that length */
  text(name: string, maxLength: number): string | undefined {
    const value = this.#values.get(name);
    this.#values.delete(name);
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string' || value.length > maxLength) {
      throw new Refusal(400, `${name} is not a string of at most ${maxLength} characters.`);
    }
    return value;
  }

  refuseOthers(): void {
    const [name] = this.#values.keys();
    if (name === undefined) return;
    throw new Refusal(
      400,
      `The property '${name}' does not exist on type '${this.#entitySet}', or cannot be written here.`,
    );
  }
}

function notWritable(entitySet: string): Refusal {
  return new Refusal(405, `${entitySet} can only be read here.`, { Allow: 'GET' });
}
