/**
 * Headers of journals under the entity profile `generic-v2`. A header is there before its lines, because SCM cuts a file
 * without journal number into journals of 1,000 lines; it carries our description, by which it is found. Source: entity
 * list of finance and operations, "Inventory adjustment headers".
 */
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { errorText } from './dynamicsRequests.ts';
import type { DynamicsRequests } from './dynamicsRequests.ts';
import { readEntity, sameText, text, unreadable, yesOrNo } from './entityRecords.ts';
import { anyOf, equals } from './odata.ts';
import type { OpenedJournal, ReadBackJournal, ScmJournal } from './supplyChain.ts';

const HEADERS = 'InventoryAdjustmentJournalHeaders';

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
  if (name === undefined) return false;
  const quotes = refusal.replace(/[‘’“”„«»]/g, '"').replaceAll("'", '"');
  return quotes.toLowerCase().includes(`"${name.toLowerCase()}"`);
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

/** Those that meet one of the terms. @throws DependencyError */
export async function headersBy(
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
