/**
 * Puts a submitted line under the settings of its environment: names are resolved to what is configured, the date is
 * decided. Applied to new ids only; a line that is stored already is never judged by later settings.
 */

import { quoted, visible } from '../json/quoted.ts';
import type { AcceptanceRules, AcceptanceSettings, DataSourceRules } from './acceptanceRules.ts';
import { acceptanceRules } from './acceptanceRules.ts';
import type { AdjustmentLine, LineProblem, SubmittedLine } from './adjustmentLine.ts';
import { organizationKey } from './keys.ts';
import type { LineProblemCode } from './lineProblems.ts';
import {
  SCM_COLUMN_LENGTHS,
  SCM_ITEM_NUMBER_LENGTH,
  SCM_JOURNAL_NAME_LENGTH,
  SCM_SERIAL_NUMBER_COLUMN,
} from './scmLimits.ts';

/** Supply Chain Management's own data source, which it alone writes. */
const RESERVED_DATA_SOURCE = 'fno';

/** What the article shows as required. LocationId is the warehouse. */
const REQUIRED_DIMENSIONS: readonly string[] = ['SiteId', 'LocationId'];

type ProblemOf = (
  code: LineProblemCode,
  field: string,
  value: string | undefined,
  what: string,
) => LineProblem;

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
  const problem: ProblemOf = (code, field, value, what) => ({
    code,
    line: position,
    field,
    ...(value === undefined ? {} : { value: visible(value) }),
    message: `${field} of line ${position}${value === undefined ? '' : ` (${quoted(value)})`} ${what}.`,
  });
  const source = dataSourceOf(line, rules, problem);
  if ('code' in source) return [source];
  const measure = source.measures.get(line.physicalMeasure.toLowerCase());
  const problems: LineProblem[] = [];
  if (measure === undefined) {
    problems.push(
      problem(
        'UnknownPhysicalMeasure',
        'physicalMeasure',
        line.physicalMeasure,
        `is no physical measure of data source ${source.name}; it has ${listed([...source.measures.values()])}`,
      ),
    );
  }
  const dimensions = resolvedDimensions(line, source, problem, problems);
  if (measure !== undefined && source.travellingMeasures.has(measure.toLowerCase())) {
    checkScmLimits(line, rules, dimensions, problem, problems);
  }
  if (measure === undefined || problems.length > 0) return problems;
  const resolvedDate = line.transDate ?? dateOfAcceptance(line, rules, acceptedAt);
  return {
    ...line,
    quantityDataSource: source.name,
    physicalMeasure: measure,
    dimensions: [...dimensions]
      .map(([base, { value }]): [string, string] => [base, value])
      .sort(([left], [right]) => (left < right ? -1 : 1)),
    ...(resolvedDate === undefined ? {} : { resolvedDate }),
  };
}

function dataSourceOf(
  line: SubmittedLine,
  rules: AcceptanceRules,
  problem: ProblemOf,
): DataSourceRules | LineProblem {
  const given = line.quantityDataSource;
  const name = given.toLowerCase();
  const known = [...rules.dataSources.values()].map((source) => source.name);
  if (name === RESERVED_DATA_SOURCE) {
    const what = `belongs to Supply Chain Management, which writes it itself; use the data source of the system the adjustment comes from: ${listed(known)}`;
    return problem('ReservedDataSource', 'quantityDataSource', given, what);
  }
  return (
    rules.dataSources.get(name) ??
    problem(
      'UnknownDataSource',
      'quantityDataSource',
      given,
      `is not configured; the data sources are ${listed(known)}`,
    )
  );
}

interface GivenDimension {
  /** As the client named it. */
  readonly name: string;
  readonly value: string;
}

/** Base dimension → what was given for it. */
type ResolvedDimensions = ReadonlyMap<string, GivenDimension>;

function resolvedDimensions(
  line: SubmittedLine,
  source: DataSourceRules,
  problem: ProblemOf,
  problems: LineProblem[],
): ResolvedDimensions {
  const resolved = new Map<string, GivenDimension>();
  for (const [name, value] of line.dimensions) {
    const base = source.baseDimensions.get(name.toLowerCase());
    if (base === undefined) {
      const what = `is not a dimension of data source ${source.name}; it understands ${listed(source.dimensionNames)}`;
      problems.push(problem('UnknownDimension', `dimensions.${visible(name)}`, value, what));
      continue;
    }
    const other = resolved.get(base);
    if (other === undefined) {
      resolved.set(base, { name, value });
    } else if (other.value !== value) {
      const what = `and dimensions.${visible(other.name)} (${quoted(other.value)}) both mean ${base}; send one of them`;
      problems.push(problem('ConflictingDimensions', `dimensions.${visible(name)}`, value, what));
    }
  }
  for (const base of REQUIRED_DIMENSIONS) {
    if (resolved.has(base)) continue;
    const field = `dimensions.${base.charAt(0).toLowerCase()}${base.slice(1)}`;
    problems.push(problem('MissingDimension', field, undefined, 'is missing; it is required'));
  }
  return resolved;
}

function checkScmLimits(
  line: SubmittedLine,
  rules: AcceptanceRules,
  dimensions: ResolvedDimensions,
  problem: ProblemOf,
  problems: LineProblem[],
): void {
  const check = (field: string, value: string | undefined, limit: number | undefined): void => {
    if (value === undefined || limit === undefined || value.length <= limit) return;
    const what = `has ${value.length} characters; Supply Chain Management, where this measure is sent, holds ${limit}`;
    problems.push(problem('TooLongForSupplyChain', field, value, what));
  };
  check('productId', line.productId, SCM_ITEM_NUMBER_LENGTH);
  check('fnoJournalNameId', line.fnoJournalNameId, SCM_JOURNAL_NAME_LENGTH);
  for (const [base, { name, value }] of dimensions) {
    const column = rules.scmColumns.get(base);
    if (column === undefined) continue;
    check(`dimensions.${visible(name)}`, value, SCM_COLUMN_LENGTHS.get(column));
    if (column === SCM_SERIAL_NUMBER_COLUMN && line.quantity !== '1' && line.quantity !== '-1') {
      const what = `must be 1 or -1, because the line has the serial number ${quoted(value)} and each number is one piece`;
      problems.push(problem('SerialNumberQuantity', 'quantity', line.quantity, what));
    }
  }
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
