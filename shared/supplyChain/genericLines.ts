/**
 * Lines of journals under the entity profile `generic-v2`: they have no key of ours, and are found by the description of
 * their header, and by the line numbers that we gave. Source: entity list of finance and operations, "Inventory adjustment
 * journal headers and lines V2".
 */
import { wholeNumber } from '../dynamics/answerJson.ts';
import type { AnswerRecord } from '../dynamics/answerJson.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { DynamicsRequests } from './dynamicsRequests.ts';
import { given, readEntity, sameText, text } from './entityRecords.ts';
import { headersBy } from './genericHeaders.ts';
import { LINE_FIELDS, lineFacts } from './lineRecord.ts';
import { anyOf, equals, readAllPages } from './odata.ts';
import type { JournalReference, ReadBackLine } from './supplyChain.ts';

const LINES = 'InventoryAdjustmentJournalEntriesV2';
const TABLE_LINES = 'InventoryJournalTransBiEntities';

/** @throws DependencyError */
export async function genericLinesOfJournal(
  requests: DynamicsRequests,
  token: AccessToken,
  company: string,
  { description, lines }: JournalReference,
): Promise<ReadBackLine[]> {
  const headers = await headersBy(requests, token, company, [equals('Description', description)]);
  const numbers = headers
    .filter((header) => sameText(header.description, description))
    .map(({ journalNumber }) => journalNumber);
  if (numbers.length === 0) return [];
  const isOne = (field: string): string => anyOf(numbers.map((number) => equals(field, number)));
  const fields = ['ItemNumber', ...LINE_FIELDS];
  const [entries, rows] = await Promise.all([
    readEntity(requests, token, company, LINES, fields, isOne('JournalNumber')),
    readAllPages(requests, token, {
      entity: TABLE_LINES,
      select: ['dataAreaId', 'JournalId', 'LineNum', 'Voucher', 'InventTransId'],
      filter: `${equals('dataAreaId', company)} and ${isOne('JournalId')}`,
    }),
  ]);
  const place = (journal: unknown, line: unknown): string =>
    JSON.stringify([String(journal).toLowerCase(), wholeNumber(line)]);
  const rowsByPlace = new Map((rows ?? []).map((row) => [place(row.JournalId, row.LineNum), row]));
  const found = entries.map((entry) =>
    readLine(entry, lines, rowsByPlace.get(place(entry.JournalNumber, entry.LineNumber))),
  );
  // Journals that SCM made out of ours come later: where two lines answer to one id, the first journal has it.
  const known = new Set<string>();
  return found
    .toSorted((one, other) => compared(one.journalNumber, other.journalNumber))
    .map((line) => {
      if (known.has(line.aggregatedLineId)) return { ...line, aggregatedLineId: '' };
      known.add(line.aggregatedLineId);
      return line;
    });
}

function compared(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

/**
 * The id of the line that stands there; '' where that cannot be told. SCM may move a line to a journal of its own under
 * the same description, and number it anew: then only its item says which one it is.
 */
function idOf(lineNumber: number, item: string, sent: JournalReference['lines']): string {
  const ofItem = sent.filter(({ productId }) => sameText(productId, item));
  const [first, ...others] = ofItem.filter((line) => line.lineNumber === lineNumber);
  const only = first ?? (ofItem.length === 1 ? ofItem[0] : undefined);
  return others.length > 0 ? '' : (only?.aggregatedLineId ?? '');
}

function readLine(
  entry: AnswerRecord,
  sent: JournalReference['lines'],
  row: AnswerRecord | undefined,
): ReadBackLine {
  const facts = lineFacts(entry, LINES);
  return {
    aggregatedLineId: idOf(facts.lineNumber, text(entry, 'ItemNumber', LINES), sent),
    ...facts,
    ...given('voucher', row?.Voucher),
    ...given('inventTransId', row?.InventTransId),
  };
}
