/** OData version 4 as finance and operations speaks it: literals, filters, and reading all pages of an answer. */
import { isRecord } from '../dynamics/answerJson.ts';
import type { AnswerRecord } from '../dynamics/answerJson.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { DynamicsRequests } from './dynamicsRequests.ts';

const DEPENDENCY = 'Supply Chain Management';

/** 100,000 lines of a journal in pages of 10,000, and as much again ten times over. */
const MAX_PAGES = 200;

/** `field eq 'value'`. An asterisk within the value acts as a wildcard there, so callers compare what comes back. */
export function equals(field: string, value: string): string {
  return `${field} eq '${value.replaceAll("'", "''")}'`;
}

/** `(a or b or …)`: there is no `in` operator. */
export function anyOf(terms: readonly string[]): string {
  return `(${terms.join(' or ')})`;
}

export interface EntityQuery {
  /** Public collection name, e.g. `InventoryServiceAdjustmentJournalEntries`. */
  readonly entity: string;
  readonly select: readonly string[];
  readonly filter: string;
}

/**
 * All records a query gives, in whatever company they are. Links to further pages are followed only within this
 * environment's own OData root, because the token goes along.
 *
 * @returns undefined when the environment does not know the entity (404)
 * @throws DependencyError
 */
export async function readAllPages(
  requests: DynamicsRequests,
  token: AccessToken,
  query: EntityQuery,
): Promise<AnswerRecord[] | undefined> {
  const { entity } = query;
  const options = [
    'cross-company=true',
    `$select=${query.select.join(',')}`,
    `$filter=${encodeURIComponent(query.filter)}`,
  ];
  const records: AnswerRecord[] = [];
  const seen = new Set<string>();
  let url: string | undefined = `${requests.url}/data/${entity}?${options.join('&')}`;
  while (url !== undefined) {
    if (seen.size === MAX_PAGES || seen.has(url)) {
      throw new DependencyError(DEPENDENCY, `${entity}: the pages of the answer have no end`);
    }
    seen.add(url);
    const response = await requests.readAnyStatus(token, url, entity);
    if (response.status === 404) return undefined;
    const page = requests.record(response, entity);
    if (!Array.isArray(page.value) || !page.value.every(isRecord)) {
      throw new DependencyError(DEPENDENCY, `${entity}: the answer holds no list of records`);
    }
    for (const record of page.value) records.push(record);
    url = nextPage(page['@odata.nextLink'], url, requests.url, entity);
  }
  return records;
}

function nextPage(link: unknown, current: string, root: string, entity: string): string | undefined {
  if (link === undefined || link === null || link === '') return undefined;
  const next = typeof link === 'string' && URL.canParse(link, current) ? new URL(link, current) : undefined;
  const base = new URL(`${root}/data/`);
  if (next?.origin === base.origin && next.pathname.startsWith(base.pathname)) return next.href;
  throw new DependencyError(DEPENDENCY, `${entity}: the link to the next page leads out of ${base.href}`);
}
