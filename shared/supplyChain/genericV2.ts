/**
 * Entity profile `generic-v2`: journals whose header is there before its lines (a file without journal number is cut
 * into journals of 1,000 lines by SCM), and whose lines have no key of ours. They are found by their header, which
 * carries our description, and by the line numbers that we gave. Source: entity lists of finance and operations,
 * "Inventory adjustment headers" and "Inventory adjustment journal headers and lines V2".
 */
import { wholeNumber } from '../dynamics/answerJson.ts';
import type { AnswerRecord } from '../dynamics/answerJson.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { errorText } from './dynamicsRequests.ts';
import type { DynamicsRequests } from './dynamicsRequests.ts';
import { LINE_FIELDS, lineFacts } from './lineRecord.ts';
import { anyOf, equals, readAllPages } from './odata.ts';
import { given, readEntity, sameText, text, unreadable, yesOrNo } from './entityRecords.ts';
import type {
  JournalReference,
  OpenedJournal,
  ReadBackJournal,
  ReadBackLine,
  ScmJournal,
} from './supplyChain.ts';

const HEADERS = 'InventoryAdjustmentJournalHeaders';
const LINES = 'InventoryAdjustmentJournalEntriesV2';
const TABLE_LINES = 'InventoryJournalTransBiEntities';

interface Header {
  readonly journalNumber: string;
  readonly description: string;
  readonly isPosted: boolean;
}

/**
 * The journals with the numbers of their headers. A header is looked up by its description and made where there is
 * none that still takes lines; an empty one that is left over by a lost answer does no harm. A journal whose name SCM
 * refuses comes back with the refusal.
 *
 * @throws DependencyError
 */
export async function openGenericJournals(
  requests: DynamicsRequests,
  token: AccessToken,
  company: string,
  journals: readonly ScmJournal[],
  numberFrom: 'sequence' | 'journalKey',
): Promise<OpenedJournal[]> {
  const headers = await headersBy(
    requests,
    token,
    company,
    journals.map(({ description }) => equals('Description', description)),
  );
  const opened: OpenedJournal[] = [];
  for (const journal of journals) {
    const [open] = headers
      .filter(({ description, isPosted }) => !isPosted && sameText(description, journal.description))
      .map(({ journalNumber }) => journalNumber)
      .sort();
    opened.push(
      open === undefined
        ? await createHeader(requests, token, company, journal, numberFrom)
        : { ...journal, journalNumber: open },
    );
  }
  return opened;
}

async function createHeader(
  requests: DynamicsRequests,
  token: AccessToken,
  company: string,
  journal: ScmJournal,
  numberFrom: 'sequence' | 'journalKey',
): Promise<OpenedJournal> {
  const response = await requests.post(
    token,
    `${requests.url}/data/${HEADERS}?cross-company=true`,
    {
      dataAreaId: company,
      ...(numberFrom === 'journalKey' ? { JournalNumber: journal.journalKey } : {}),
      ...(journal.journalNameId === undefined ? {} : { JournalNameId: journal.journalNameId }),
      Description: journal.description,
    },
    HEADERS,
  );
  if (response.status === 400) {
    const refusal = errorText(response);
    if (speaksOf(refusal, journal.journalNameId)) return { ...journal, refusal };
  }
  const journalNumber = text(requests.created(response, HEADERS), 'JournalNumber', HEADERS);
  if (journalNumber !== '') return { ...journal, journalNumber };
  throw unreadable(HEADERS, 'JournalNumber');
}

/** A refusal in whatever language quotes the value that is refused. Any other may be of the set-up, and pass. */
function speaksOf(refusal: string, name: string | undefined): boolean {
  return (
    name !== undefined &&
    ["'", '"'].some((quote) => refusal.toLowerCase().includes(quote + name.toLowerCase() + quote))
  );
}

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

/**
 * Headers by SCM's number, or by our journal key, with which the description begins; each under the name it was asked
 * by. @throws DependencyError
 */
export async function genericJournals(
  requests: DynamicsRequests,
  token: AccessToken,
  company: string,
  names: readonly string[],
): Promise<ReadBackJournal[]> {
  const headers = await headersBy(
    requests,
    token,
    company,
    // An asterisk is a wildcard.
    names.flatMap((name) => [equals('JournalNumber', name), equals('Description', `${name} *`)]),
  );
  return names.flatMap((name) => {
    const meant = headers.filter(
      ({ journalNumber, description }) =>
        sameText(journalNumber, name) || description.toLowerCase().startsWith(`${name.toLowerCase()} `),
    );
    if (meant.length === 0) return [];
    return [{ journalNumber: name, isPosted: meant.some(({ isPosted }) => isPosted), lines: undefined }];
  });
}

async function headersBy(
  requests: DynamicsRequests,
  token: AccessToken,
  company: string,
  terms: readonly string[],
): Promise<Header[]> {
  const headers: Header[] = [];
  // As many terms as an address holds.
  for (let start = 0; start < terms.length; start += 20) {
    const records = await readEntity(
      requests,
      token,
      company,
      HEADERS,
      ['JournalNumber', 'Description', 'IsPosted'],
      anyOf(terms.slice(start, start + 20)),
    );
    for (const record of records)
      headers.push({
        journalNumber: text(record, 'JournalNumber', HEADERS),
        description: text(record, 'Description', HEADERS),
        isPosted: yesOrNo(record, 'IsPosted', HEADERS),
      });
  }
  return headers;
}
