/** What a schema cannot say about complete settings: names that must exist or differ, zones, instants, addresses. */
import { BASE_DIMENSIONS } from './baseDimensions.ts';
import { isConfigured } from './completeSettings.ts';
import { GENERIC_LINES_PER_JOURNAL } from './defaultSettings.ts';
import type {
  DataSource,
  EnvironmentSettings,
  IntegrationMapping,
  JobSettings,
  SupplyChainSettings,
} from './environmentSettings.ts';
import { foldCase } from './foldCase.ts';
import type { SettingsProblem } from './settingsProblem.ts';
import { problemWith } from './settingsProblem.ts';
import { isTimeZone } from './zonedTime.ts';
import { packageFormat } from '../supplyChain/dataPackage/packageFormat.ts';
import { templateFaults } from '../supplyChain/dataPackage/templateChecks.ts';

const INSTANT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);

export function settingsProblems(settings: EnvironmentSettings): SettingsProblem[] {
  return [
    ...jobProblems(settings.jobSettings),
    ...settings.dataSources.flatMap(dataSourceProblems),
    ...duplicates(settings.dataSources.map(({ name }, index) => [`dataSources[${index}].name`, name])),
    ...mappingProblems(settings),
    ...duplicates(
      Object.entries(settings.scmDimensionColumns).map(([base, column]) => [
        `scmDimensionColumns.${base}`,
        column,
      ]),
    ),
    ...legalEntityProblems(settings),
    ...urlProblems('inventoryVisibility.endpoint', settings.inventoryVisibility.endpoint),
    ...urlProblems('inventoryVisibility.authority', settings.inventoryVisibility.authority),
    ...urlProblems('inventoryVisibility.securityService', settings.inventoryVisibility.securityService),
    ...urlProblems('supplyChain.url', settings.supplyChain.url),
    ...urlProblems('supplyChain.authority', settings.supplyChain.authority),
    ...supplyChainProblems(settings.supplyChain),
    ...lineCountProblems(settings),
    ...templateProblems(settings),
    ...retentionProblems(settings),
    ...closedBacklogProblems(settings),
  ];
}

function closedBacklogProblems({ closedBacklogs }: EnvironmentSettings): SettingsProblem[] {
  return closedBacklogs.flatMap(({ acceptedBefore, datedBefore }, index) => [
    ...instantProblems(`closedBacklogs[${index}].acceptedBefore`, acceptedBefore),
    ...(datedBefore === undefined ? [] : dateProblems(`closedBacklogs[${index}].datedBefore`, datedBefore)),
  ]);
}

/** Journals are watched for 30 days; what may still be looked up in the other systems is not removed before. */
const LEAST_RETENTION_DAYS = 35;

function retentionProblems({ retention: { days } }: EnvironmentSettings): SettingsProblem[] {
  if (days === 0 || days >= LEAST_RETENTION_DAYS) return [];
  return [
    problemWith(
      'retention.days',
      days,
      `is too short, because journals are watched for 30 days; give ${LEAST_RETENTION_DAYS} or more, or 0 to keep everything`,
    ),
  ];
}

function templateProblems({ supplyChain, scmDimensionColumns }: EnvironmentSettings): SettingsProblem[] {
  if (supplyChain.dataPackage.template === undefined) return [];
  const path = 'supplyChain.dataPackage.template';
  try {
    const format = packageFormat(supplyChain);
    const { template } = format;
    if (template === undefined) return [];
    const faults = templateFaults(template, format, Object.values(scmDimensionColumns));
    return faults.map((fault) => ({ path, message: `${path} ${fault}` }));
  } catch (error) {
    return [{ path, message: `${path} ${error instanceof Error ? error.message : String(error)}` }];
  }
}

function lineCountProblems({ supplyChain, maxLineCountPerJournal }: EnvironmentSettings): SettingsProblem[] {
  const most = GENERIC_LINES_PER_JOURNAL;
  if (supplyChain.entityProfile !== 'generic-v2' || maxLineCountPerJournal <= most) return [];
  return [
    problemWith(
      'maxLineCountPerJournal',
      maxLineCountPerJournal,
      `is more than SCM puts into one journal under supplyChain.entityProfile "generic-v2"; give at most ${most}`,
    ),
  ];
}

function supplyChainProblems({ transport, activityId }: SupplyChainSettings): SettingsProblem[] {
  if (transport !== 'recurring' || activityId !== undefined) return [];
  const path = 'supplyChain.activityId';
  return [
    {
      path,
      message: `${path} is missing; give the activity id of the recurring data job (in SCM: Manage scheduled data jobs, ID), or take transport "package"`,
    },
  ];
}

function jobProblems(job: JobSettings): SettingsProblem[] {
  const { startTime, endTime } = job;
  const problems = [
    ...instantProblems('jobSettings.startTime', startTime),
    ...(endTime === undefined ? [] : instantProblems('jobSettings.endTime', endTime)),
    ...timeZoneProblems('jobSettings.timeZone', job.timeZone),
  ];
  if (problems.length === 0 && endTime !== undefined && Date.parse(endTime) < Date.parse(startTime))
    problems.push(
      problemWith(
        'jobSettings.endTime',
        endTime,
        `lies before jobSettings.startTime (${startTime}); give a later one`,
      ),
    );
  return problems;
}

function dataSourceProblems(source: DataSource, index: number): SettingsProblem[] {
  const path = `dataSources[${index}]`;
  const problems = duplicates(
    source.physicalMeasures.map((name, position) => [`${path}.physicalMeasures[${position}]`, name]),
  );
  if (foldCase(source.name) === 'FNO')
    problems.push(
      problemWith(
        `${path}.name`,
        source.name,
        'belongs to Supply Chain Management; adjust another data source',
      ),
    );
  const names = Object.keys(source.dimensionNames);
  problems.push(...duplicates(names.map((name) => [`${path}.dimensionNames.${name}`, name])));
  for (const [name, base] of Object.entries(source.dimensionNames)) {
    const meant = BASE_DIMENSIONS.find((dimension) => foldCase(dimension) === foldCase(name));
    if (meant !== undefined && meant !== base)
      problems.push(
        problemWith(
          `${path}.dimensionNames.${name}`,
          base,
          `gives the name of base dimension ${meant} another meaning; choose another name`,
        ),
      );
  }
  return problems;
}

function mappingProblems({ mappings, dataSources }: EnvironmentSettings): SettingsProblem[] {
  const problems = duplicates(mappings.map((mapping, index) => [`mappings[${index}]`, measureOf(mapping)]));
  mappings.forEach((mapping, index) => {
    if (isConfigured(mapping, dataSources)) return;
    const known = dataSources.flatMap(({ name, physicalMeasures }) =>
      physicalMeasures.map((measure) => `${name}.${measure}`),
    );
    problems.push(
      problemWith(
        `mappings[${index}]`,
        measureOf(mapping),
        `names a measure that is not configured; add it to dataSources, or take one of: ${known.join(', ')}`,
      ),
    );
  });
  return problems;
}

function measureOf(mapping: IntegrationMapping): string {
  return `${mapping.dataSource}.${mapping.physicalMeasure}`;
}

function legalEntityProblems({ legalEntities, defaultLegalEntity }: EnvironmentSettings): SettingsProblem[] {
  const problems = duplicates(
    legalEntities.map(({ organizationId }, index) => [
      `legalEntities[${index}].organizationId`,
      organizationId,
    ]),
  );
  const named = legalEntities.map((entity, index) => [`legalEntities[${index}]`, entity] as const);
  for (const [path, { timeZone, openFrom }] of [
    ...named,
    ['defaultLegalEntity', defaultLegalEntity] as const,
  ]) {
    problems.push(...timeZoneProblems(`${path}.timeZone`, timeZone));
    if (openFrom !== undefined && !isCalendarDate(openFrom.date))
      problems.push(
        problemWith(`${path}.openFrom.date`, openFrom.date, 'is no date; write it as in "2026-01-31"'),
      );
  }
  return problems;
}

/** One problem per place whose name, without regard to case, stands in an earlier place. */
function duplicates(places: readonly (readonly [path: string, name: string])[]): SettingsProblem[] {
  const seen = new Set<string>();
  const problems: SettingsProblem[] = [];
  for (const [path, name] of places) {
    if (seen.has(foldCase(name)))
      problems.push(problemWith(path, name, 'is there twice; keep one (case makes no difference)'));
    seen.add(foldCase(name));
  }
  return problems;
}

function timeZoneProblems(path: string, timeZone: string): SettingsProblem[] {
  if (isTimeZone(timeZone)) return [];
  return [
    problemWith(
      path,
      timeZone,
      'is no known time zone; give an IANA name such as "Europe/Copenhagen" or "UTC"',
    ),
  ];
}

function instantProblems(path: string, instant: string): SettingsProblem[] {
  const date = INSTANT.exec(instant)?.[1];
  if (date !== undefined && isCalendarDate(date) && !Number.isNaN(Date.parse(instant))) return [];
  return [
    problemWith(
      path,
      instant,
      'is no instant; write date, time and offset as in "2026-01-31T00:00:00Z" or "…+01:00"',
    ),
  ];
}

function dateProblems(path: string, date: string): SettingsProblem[] {
  return isCalendarDate(date) ? [] : [problemWith(path, date, 'must be a date such as "2026-01-31"')];
}

function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const instant = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
}

function urlProblems(path: string, text: string): SettingsProblem[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['https:', 'http:'].includes(url.protocol))
    return [problemWith(path, text, 'is no web address; give one such as "https://example.com"')];
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return [{ path, message: `${path} must be an address alone, without user, password, query or fragment` }];
  if (url.protocol === 'http:' && !LOOPBACK_HOSTS.has(url.hostname))
    return [problemWith(path, text, 'would send data in the clear; give an https address')];
  return [];
}
