/** Entity profile `service`: reads back from Supply Chain Management what became of journals and lines, over OData. */
import { wholeNumber } from '../dynamics/answerJson.ts';
import type { AnswerRecord } from '../dynamics/answerJson.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { mapInParallel } from './boundedParallel.ts';
import type { DynamicsRequests } from './dynamicsRequests.ts';
import { given, readEntity, sameText, text, unreadable, yesOrNo } from './entityRecords.ts';
import { LINE_FIELDS, lineFacts } from './lineRecord.ts';
import { anyOf, equals, readAllPages } from './odata.ts';
import type { ReadBackJournal, ReadBackLine } from './supplyChain.ts';

const HEADERS = 'InventoryServiceAdjustmentJournalHeaders';
const LINES = 'InventoryServiceAdjustmentJournalEntries';
/** Views on the tables behind: the only places with the number of lines, and with voucher and lot. */
const TABLE_HEADERS = 'InventoryJournalTableBiEntities';
const TABLE_LINES = 'InventoryJournalTransBiEntities';

/** Terms of one filter: more would make the address longer than servers take. */
const TERMS_PER_REQUEST = 40;
const PARALLEL_REQUESTS = 4;

/** Whether SCM answers, and knows the entities: asked before anything is sent. @throws DependencyError when not */
export async function askForJournals(
  requests: DynamicsRequests,
  token: AccessToken,
  company: string,
  journalNumbers: readonly string[],
): Promise<void> {
  const numbers = journalNumbers.slice(0, TERMS_PER_REQUEST).map((number) => equals('JournalNumber', number));
  await readEntity(requests, token, company, HEADERS, ['JournalNumber'], anyOf(numbers));
}

/** @throws DependencyError */
export async function readLinesOfJournal(
  requests: DynamicsRequests,
  token: AccessToken,
  company: string,
  journalNumber: string,
): Promise<ReadBackLine[]> {
  const lines = await readLines(
    requests,
    token,
    company,
    equals('JournalNumber', journalNumber),
    equals('JournalId', journalNumber),
  );
  return lines.filter((line) => sameText(line.journalNumber, journalNumber));
}

/** @throws DependencyError */
export async function readLinesById(
  requests: DynamicsRequests,
  token: AccessToken,
  company: string,
  ids: readonly string[],
): Promise<ReadBackLine[]> {
  const wanted = new Set(ids.map((id) => id.toLowerCase()));
  const chunks = await mapInParallel(chunksOf([...wanted]), PARALLEL_REQUESTS, (chunk) => {
    const filter = anyOf(chunk.map((id) => equals('InventoryServiceTransactionId', id)));
    return readLines(requests, token, company, filter, filter);
  });
  return chunks.flat().filter((line) => wanted.has(line.aggregatedLineId));
}

/** @throws DependencyError */
export async function readJournals(
  requests: DynamicsRequests,
  token: AccessToken,
  company: string,
  journalNumbers: readonly string[],
): Promise<ReadBackJournal[]> {
  const wanted = new Set(journalNumbers.map((number) => number.toLowerCase()));
  const chunks = await mapInParallel(chunksOf([...new Set(journalNumbers)]), PARALLEL_REQUESTS, (chunk) =>
    readHeaders(requests, token, company, chunk),
  );
  return chunks.flat().filter((journal) => wanted.has(journal.journalNumber.toLowerCase()));
}

async function readHeaders(
  requests: DynamicsRequests,
  token: AccessToken,
  company: string,
  journalNumbers: readonly string[],
): Promise<ReadBackJournal[]> {
  const isOne = (field: string) => anyOf(journalNumbers.map((number) => equals(field, number)));
  const [headers, rows] = await Promise.all([
    readEntity(requests, token, company, HEADERS, ['JournalNumber', 'IsPosted'], isOne('JournalNumber')),
    readAllPages(requests, token, {
      entity: TABLE_HEADERS,
      select: ['dataAreaId', 'JournalId', 'NumOfLines'],
      filter: `${equals('dataAreaId', company)} and ${isOne('JournalId')}`,
    }),
  ]);
  const lineCounts = new Map(
    (rows ?? []).map((row) => [
      text(row, 'JournalId', TABLE_HEADERS).toLowerCase(),
      wholeNumber(row.NumOfLines),
    ]),
  );
  return headers.map((header) => {
    const journalNumber = text(header, 'JournalNumber', HEADERS);
    return {
      journalNumber,
      isPosted: yesOrNo(header, 'IsPosted', HEADERS),
      lines: lineCounts.get(journalNumber.toLowerCase()),
    };
  });
}

async function readLines(
  requests: DynamicsRequests,
  token: AccessToken,
  company: string,
  entityFilter: string,
  tableFilter: string,
): Promise<ReadBackLine[]> {
  const fields = ['InventoryServiceTransactionId', ...LINE_FIELDS];
  const [entries, rows] = await Promise.all([
    readEntity(requests, token, company, LINES, fields, entityFilter),
    readAllPages(requests, token, {
      entity: TABLE_LINES,
      select: ['dataAreaId', 'InventoryServiceTransactionId', 'Voucher', 'InventTransId'],
      filter: `${equals('dataAreaId', company)} and ${tableFilter}`,
    }),
  ]);
  // An environment without the view still has the lines, only without these two numbers.
  const rowsById = new Map((rows ?? []).map((row) => [lineId(row, TABLE_LINES), row]));
  return entries.map((entry) => readLine(entry, rowsById));
}

function readLine(entry: AnswerRecord, rowsById: ReadonlyMap<string, AnswerRecord>): ReadBackLine {
  const aggregatedLineId = lineId(entry, LINES);
  const row = aggregatedLineId === '' ? undefined : rowsById.get(aggregatedLineId);
  return {
    aggregatedLineId,
    ...lineFacts(entry, LINES),
    ...given('voucher', row?.Voucher),
    ...given('inventTransId', row?.InventTransId),
  };
}

function chunksOf(values: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let start = 0; start < values.length; start += TERMS_PER_REQUEST) {
    chunks.push(values.slice(start, start + TERMS_PER_REQUEST));
  }
  return chunks;
}

/** Lower case, without braces; empty for a line somebody added by hand in SCM. */
function lineId(record: AnswerRecord, entity: string): string {
  const id = record.InventoryServiceTransactionId;
  if (id === null) return '';
  if (typeof id !== 'string') throw unreadable(entity, 'InventoryServiceTransactionId');
  return id.replace(/[{}]/g, '').toLowerCase();
}
