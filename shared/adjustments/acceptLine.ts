/**
 * Puts a submitted line under the settings of its environment: names are resolved to what is configured, the date is
 * decided. Applied to new ids only; a line that is stored already is never judged by later settings.
 */

import { quoted, visible } from '../json/quoted.ts';
import type {
  AcceptanceRules,
  AcceptanceSettings,
  DataSourceRules,
  DimensionMeaning,
  DimensionsMeaning,
} from './acceptanceRules.ts';
import { acceptanceRules, REQUIRED_DIMENSIONS } from './acceptanceRules.ts';
import { BaseDimensions, baseDimensions } from './baseDimensions.ts';
import type { AdjustmentLine, LineProblem, SubmittedLine } from './adjustmentLine.ts';
import { organizationKey } from './keys.ts';
import type { LineProblemCode } from './lineProblems.ts';
import { SCM_ITEM_NUMBER_LENGTH, SCM_JOURNAL_NAME_LENGTH } from './scmLimits.ts';

/** Supply Chain Management's own data source, which it alone writes. */
const RESERVED_DATA_SOURCE = 'fno';

/**
 * The line as it would be accepted, or what the settings say against it.
 *
 * @param position of the line in its request, from 0
 * @param acceptedAt instant of acceptance, milliseconds since the Unix epoch
 */
export function acceptLine(
  line: SubmittedLine,
  position: number,
  settings: AcceptanceSettings,
  acceptedAt: number,
): AdjustmentLine | LineProblem[] {
  const rules = acceptanceRules(settings);
  const problems = new Problems(position);
  const source = dataSourceOf(line, rules, problems);
  if (source === undefined) return problems.found;
  const measure = source.measures.get(line.physicalMeasure.toLowerCase());
  if (measure === undefined) {
    const what = `is no physical measure of data source ${source.name}; it has ${listed([...source.measures.values()])}`;
    problems.add('UnknownPhysicalMeasure', 'physicalMeasure', line.physicalMeasure, what);
  }
  const meaning = source.meaningOf(line.dimensions.names);
  const dimensions =
    plainDimensions(line, meaning) ?? resolvedDimensions(line, source, meaning.each, problems);
  if (measure !== undefined && source.travellingMeasures.has(measure))
    checkScmLimits(line, meaning.each, problems);
  if (measure === undefined || problems.any) return problems.found;
  const resolvedDate = line.transDate ?? dateOfAcceptance(line, rules, acceptedAt);
  const own = { quantityDataSource: source.name, physicalMeasure: measure, dimensions };
  return resolvedDate === undefined ? { ...line, ...own } : { ...line, ...own, resolvedDate };
}

/** What is found against one line. */
class Problems {
  readonly #position: number;
  #found: LineProblem[] | undefined;

  constructor(position: number) {
    this.#position = position;
  }

  get any(): boolean {
    return this.#found !== undefined;
  }

  get found(): LineProblem[] {
    return this.#found ?? [];
  }

  /** @param what the end of a sentence that begins with the field and its value */
  add(code: LineProblemCode, field: string, value: string | undefined, what: string): void {
    (this.#found ??= []).push({
      code,
      line: this.#position,
      field,
      ...(value === undefined ? {} : { value: visible(value) }),
      message: `${field} of line ${this.#position}${value === undefined ? '' : ` (${quoted(value)})`} ${what}.`,
    });
  }
}

function dataSourceOf(
  line: SubmittedLine,
  rules: AcceptanceRules,
  problems: Problems,
): DataSourceRules | undefined {
  const given = line.quantityDataSource;
  const name = given.toLowerCase();
  const source = name === RESERVED_DATA_SOURCE ? undefined : rules.dataSources.get(name);
  if (source !== undefined) return source;
  const known = listed([...rules.dataSources.values()].map((one) => one.name));
  if (name === RESERVED_DATA_SOURCE) {
    const what = `belongs to Supply Chain Management, which writes it itself; use the data source of the system the adjustment comes from: ${known}`;
    problems.add('ReservedDataSource', 'quantityDataSource', given, what);
  } else {
    const what = `is not configured; the data sources are ${known}`;
    problems.add('UnknownDataSource', 'quantityDataSource', given, what);
  }
  return undefined;
}

/** Undefined when something has to be said about them. */
function plainDimensions(line: SubmittedLine, { byBase }: DimensionsMeaning): BaseDimensions | undefined {
  if (byBase === undefined) return undefined;
  const { names, places } = byBase;
  const given = line.dimensions.values;
  const values = new Array<string | undefined>(places.length);
  for (let index = 0; index < places.length; index++) {
    const place = places[index];
    const value = place === undefined ? undefined : given[place.position];
    if (value === undefined && place?.isRequired) return undefined;
    values[index] = value;
  }
  return new BaseDimensions(names, values);
}

/** The same with an eye on what is wrong with them. */
function resolvedDimensions(
  line: SubmittedLine,
  source: DataSourceRules,
  meaning: readonly DimensionMeaning[],
  problems: Problems,
): BaseDimensions {
  const { names, values } = line.dimensions;
  const resolved: [string, string][] = [];
  for (const { position, base } of meaning) {
    const value = values[position];
    if (value === undefined) continue;
    const name = names.given[position] ?? '';
    if (base === undefined) {
      const what = `is not a dimension of data source ${source.name}; it understands ${listed(source.dimensionNames)}`;
      problems.add('UnknownDimension', `dimensions.${visible(name)}`, value, what);
      continue;
    }
    const other = resolved.find(([known]) => known === base);
    if (other === undefined) {
      resolved.push([base, value]);
    } else if (other[1] !== value) {
      const first = meaning.find((one) => one.base === base && values[one.position] !== undefined);
      const firstName = names.given[first?.position ?? position] ?? '';
      const what = `and dimensions.${visible(firstName)} (${quoted(other[1])}) both mean ${base}; send one of them`;
      problems.add('ConflictingDimensions', `dimensions.${visible(name)}`, value, what);
    }
  }
  for (const base of REQUIRED_DIMENSIONS) {
    if (resolved.some(([known]) => known === base)) continue;
    const field = `dimensions.${base.charAt(0).toLowerCase()}${base.slice(1)}`;
    problems.add('MissingDimension', field, undefined, 'is missing; it is required');
  }
  return baseDimensions(resolved);
}

function checkScmLimits(line: SubmittedLine, meaning: readonly DimensionMeaning[], problems: Problems): void {
  checkScmLength('productId', line.productId, SCM_ITEM_NUMBER_LENGTH, problems);
  checkScmLength('fnoJournalNameId', line.fnoJournalNameId, SCM_JOURNAL_NAME_LENGTH, problems);
  const { names, values } = line.dimensions;
  for (const { position, scmLength, isSerialNumber } of meaning) {
    const value = values[position];
    if (value === undefined || scmLength === undefined) continue;
    if (value.length > scmLength)
      checkScmLength(`dimensions.${visible(names.given[position] ?? '')}`, value, scmLength, problems);
    if (isSerialNumber && line.quantity !== '1' && line.quantity !== '-1') {
      const what = `must be 1 or -1, because the line has the serial number ${quoted(value)} and each number is one piece`;
      problems.add('SerialNumberQuantity', 'quantity', line.quantity, what);
    }
  }
}

function checkScmLength(field: string, value: string | undefined, limit: number, problems: Problems): void {
  if (value === undefined || value.length <= limit) return;
  const what = `has ${value.length} characters; Supply Chain Management, where this measure is sent, holds ${limit}`;
  problems.add('TooLongForSupplyChain', field, value, what);
}

function dateOfAcceptance(
  line: SubmittedLine,
  rules: AcceptanceRules,
  acceptedAt: number,
): string | undefined {
  const entity = rules.legalEntities.get(organizationKey(line.organizationId)) ?? rules.defaultLegalEntity;
  return entity.blankTransDate === 'accepted' ? rules.dayOf(acceptedAt, entity.timeZone) : undefined;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
