/**
 * Answers `GET /data/{EntitySet}` and `GET /data/{EntitySet}(key)`. Source: odata.md ($filter, $select, $top, $skip,
 * $count, cross-company; without cross-company only the user's default company is seen; pages with nextLink).
 */
import { parseDecimal } from '../../decimal.ts';
import { NumberText } from '../../exactJson.ts';
import { Refusal } from '../../http/exchange.ts';
import type { Erp } from '../erp.ts';
import { ENTITY_SETS } from './entitySets.ts';
import type { EntitySet, Row, SetUpData } from './entitySet.ts';
import { parseFilter, pinnedValues } from './filter.ts';
import type { Filter, Literal } from './filter.ts';

const OPTIONS = new Set(['$filter', '$select', '$top', '$skip', '$count', '$skiptoken', 'cross-company']);

export interface ODataSetUp extends SetUpData {
  /** `…/scm/data` */
  readonly url: string;
  readonly defaultCompany: string;
  /** Rows of a page; the real service's is 10,000. */
  readonly pageSize: number;
  /** Entity sets that this environment does not have. */
  readonly withoutEntitySets: readonly string[];
}

/** @param resource path behind `/data/`, decoded @throws Refusal 400 or 404 */
export function readEntities(resource: string, query: URLSearchParams, erp: Erp, setUp: ODataSetUp): unknown {
  const { entitySet, key } = addressed(resource, setUp);
  for (const name of query.keys()) {
    if (!OPTIONS.has(name)) throw new Refusal(400, `The query option "${name}" is not supported.`);
  }
  const select = selected(entitySet, query.get('$select'));
  if (key !== undefined) {
    const row = oneRow(entitySet, key, query, erp, setUp);
    return { '@odata.context': `${setUp.url}/$metadata#${entitySet.name}/$entity`, ...project(row, select) };
  }

  const text = query.get('$filter');
  const filter = text === null ? undefined : parseFilter(text);
  const rows = matching(entitySet, filter, query, erp, setUp);
  const skip = whole(query, '$skip') ?? 0;
  const top = whole(query, '$top') ?? Infinity;
  const wanted = rows.slice(skip, skip + top);
  const offset = whole(query, '$skiptoken') ?? 0;
  const page = wanted.slice(offset, offset + setUp.pageSize);
  const more = wanted.length > offset + setUp.pageSize;
  return {
    '@odata.context': `${setUp.url}/$metadata#${entitySet.name}`,
    ...(query.get('$count') === 'true' ? { '@odata.count': rows.length } : {}),
    value: page.map((row) => project(row, select)),
    ...(more ? { '@odata.nextLink': nextLink(entitySet, query, offset + setUp.pageSize, setUp) } : {}),
  };
}

/** The row that `{EntitySet}(key)` is the address of. @throws Refusal 400 or 404 */
export function readRow(
  resource: string,
  query: URLSearchParams,
  erp: Erp,
  setUp: ODataSetUp,
): { readonly entitySet: string; readonly row: Row } {
  const { entitySet, key } = addressed(resource, setUp);
  if (key === undefined)
    throw new Refusal(405, 'A whole entity set cannot be changed.', { Allow: 'GET, POST' });
  return { entitySet: entitySet.name, row: oneRow(entitySet, key, query, erp, setUp) };
}

function addressed(
  resource: string,
  { withoutEntitySets }: ODataSetUp,
): { readonly entitySet: EntitySet; readonly key: string | undefined } {
  const match = /^(\w+)(?:\((.*)\))?$/.exec(resource);
  const entitySet = ENTITY_SETS.find((set) => set.name === match?.[1]);
  if (!entitySet || withoutEntitySets.includes(entitySet.name)) {
    throw new Refusal(404, `No HTTP resource was found for "${resource}".`);
  }
  return { entitySet, key: match?.[2] };
}

function oneRow(entitySet: EntitySet, key: string, query: URLSearchParams, erp: Erp, setUp: ODataSetUp): Row {
  const filter = parseFilter(key.replace(/(\w+)\s*=/g, '$1 eq ').replace(/,(?=\w+ eq )/g, ' and '));
  const [row] = matching(entitySet, filter, query, erp, setUp);
  if (!row) throw new Refusal(404, `There is no ${entitySet.name}(${key}).`);
  return row;
}

function matching(
  entitySet: EntitySet,
  filter: Filter | undefined,
  query: URLSearchParams,
  erp: Erp,
  setUp: ODataSetUp,
): Row[] {
  const crossCompany = query.get('cross-company')?.toLowerCase() === 'true';
  const pinned = (property: string | undefined): ReadonlySet<string> | undefined =>
    filter && property !== undefined ? pinnedValues(filter, property) : undefined;
  const hint = {
    journalNumbers: pinned(entitySet.journalProperty),
    transactionIds: pinned(entitySet.transactionProperty),
    jobIds: pinned(entitySet.jobProperty),
  };
  const test = filter ? predicate(entitySet, filter) : () => true;
  const found: Row[] = [];
  for (const row of entitySet.rows(erp, hint, setUp)) {
    const company = row['dataAreaId'];
    if (!crossCompany && company !== undefined && !sameText(company, setUp.defaultCompany)) continue;
    if (test(row)) found.push(row);
  }
  return found;
}

function predicate(entitySet: EntitySet, filter: Filter): (row: Row) => boolean {
  if ('left' in filter) {
    const left = predicate(entitySet, filter.left);
    const right = predicate(entitySet, filter.right);
    return filter.operator === 'and' ? (row) => left(row) && right(row) : (row) => left(row) || right(row);
  }
  const { property, literal } = filter;
  const equals = equality(entitySet, property, literal);
  return filter.operator === 'eq' ? (row) => equals(row[property]) : (row) => !equals(row[property]);
}

function equality(
  entitySet: EntitySet,
  property: string,
  literal: Literal,
): (value: string | NumberText | undefined) => boolean {
  const type = entitySet.properties[property];
  if (type === undefined) {
    throw new Refusal(400, `Could not find a property named '${property}' on type '${entitySet.name}'.`);
  }
  const fits =
    typeof type === 'object'
      ? literal.type === 'enum' && literal.enumName === type.enum
      : type === 'decimal' || type === 'int'
        ? literal.type === 'number'
        : type === 'string' && literal.type === 'string';
  if (!fits) {
    throw new Refusal(
      400,
      `A binary operator with incompatible types was detected: property '${property}' and literal '${literal.value}' of type ${literal.type}.`,
    );
  }
  if (literal.type === 'number') {
    const wanted = parseDecimal(literal.value);
    return (value) => value instanceof NumberText && parseDecimal(value.text) === wanted;
  }
  const wanted = literal.value.toUpperCase();
  if (literal.type === 'enum' || !wanted.includes('*')) {
    return (value) => typeof value === 'string' && value.toUpperCase() === wanted;
  }
  const parts = wanted.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}$`, 's');
  return (value) => typeof value === 'string' && pattern.test(value.toUpperCase());
}

function selected(entitySet: EntitySet, select: string | null): readonly string[] | undefined {
  if (select === null || select.trim() === '*') return undefined;
  const names = select.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(name in entitySet.properties));
  if (unknown !== undefined) {
    throw new Refusal(400, `Could not find a property named '${unknown}' on type '${entitySet.name}'.`);
  }
  return names;
}

function project(row: Row, select: readonly string[] | undefined): Row {
  if (!select) return row;
  const projected: Record<string, string | NumberText> = {};
  for (const name of select) {
    const value = row[name];
    if (value !== undefined) projected[name] = value;
  }
  return projected;
}

function whole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new Refusal(400, `${name} "${text}" is not a whole number.`);
  return Number(text);
}

function nextLink(entitySet: EntitySet, query: URLSearchParams, offset: number, setUp: ODataSetUp): string {
  const next = new URLSearchParams(query);
  next.set('$skiptoken', String(offset));
  return `${setUp.url}/${entitySet.name}?${next.toString()}`;
}

function sameText(value: string | NumberText | undefined, other: string): boolean {
  return typeof value === 'string' && value.toUpperCase() === other.toUpperCase();
}
