import { describe, expect, test } from 'vitest';
import { parseSettings } from './parseSettings.ts';
import { minimalDocument } from './settingsExamples.ts';

const problemsOf = (document: unknown) => parseSettings(document).problems ?? [];

const dataSource = (changes: object) => ({
  dataSources: [{ name: 'pos', physicalMeasures: ['sold'], ...changes }],
});
const mapping = { dataSource: '@iv', physicalMeasure: 'adjustment', targetTransactionStatus: 'Posted' };
const inventoryVisibility = (changes: object) => ({
  inventoryVisibility: { ...minimalDocument().inventoryVisibility, ...changes },
});

const { activityId: _, ...withoutActivity } = minimalDocument().supplyChain;

describe('a problem names path, value and remedy', () => {
  test.each<[string, Record<string, unknown>, string, string]>([
    [
      'a recurring data job without its id',
      { supplyChain: withoutActivity },
      'supplyChain.activityId',
      'is missing; give the activity id',
    ],
    [
      'journals longer than the entity takes',
      {
        supplyChain: { ...minimalDocument().supplyChain, entityProfile: 'generic-v2' },
        maxLineCountPerJournal: 1001,
      },
      'maxLineCountPerJournal',
      '(1001) is more than SCM puts into one journal',
    ],
    [
      'a data format that nobody writes',
      { supplyChain: { ...minimalDocument().supplyChain, dataPackage: { sourceFormat: 'EXCEL' } } },
      'supplyChain.dataPackage.sourceFormat',
      'must be one of "CSV-Unicode"',
    ],
    [
      'a host to redirect to that is an address',
      inventoryVisibility({ redirectHosts: ['https://gw.example.com'] }),
      'inventoryVisibility.redirectHosts[0]',
      'must be a host name in lower case',
    ],
    [
      'a retention shorter than journals are watched',
      { retention: { days: 34 } },
      'retention.days',
      '(34) is too short, because journals are watched for 30 days; give 35 or more, or 0',
    ],
    [
      'a retention of half days',
      { retention: { days: 99.5 } },
      'retention.days',
      'must be a whole number from 0 to 36,500',
    ],
    [
      'frequency 0',
      { synchronizationFrequency: 0 },
      'synchronizationFrequency',
      '(0) must be a whole number from 1 to 1,440 (minutes)',
    ],
    ['frequency 1441', { synchronizationFrequency: 1441 }, 'synchronizationFrequency', 'from 1 to 1,440'],
    [
      'frequency as text',
      { synchronizationFrequency: '5' },
      'synchronizationFrequency',
      '("5") must be a whole number',
    ],
    [
      'frequency 2.5',
      { synchronizationFrequency: 2.5 },
      'synchronizationFrequency',
      '(2.5) must be a whole number',
    ],
    ['too many lines', { maxLineCountPerJournal: 100_001 }, 'maxLineCountPerJournal', 'from 1 to 100,000'],
    [
      'too many journals',
      { maxJournalCountPerPackage: 1_001 },
      'maxJournalCountPerPackage',
      'from 1 to 1,000',
    ],
    ['a switch as text', { enableSyncJob: 'no' }, 'enableSyncJob', '("no") must be true or false'],
    [
      'an unknown setting',
      { enableSyncJobs: true },
      'enableSyncJobs',
      'is not a setting; known here: environmentId, enableFeature',
    ],
    [
      'an unknown unit',
      { jobSettings: { recurrenceUnit: 'year' } },
      'jobSettings.recurrenceUnit',
      '("year") must be one of "minute", "hour", "day", "week", "month"',
    ],
    [
      'no instant',
      { jobSettings: { startTime: '2026-02-30T00:00:00Z' } },
      'jobSettings.startTime',
      'is no instant',
    ],
    [
      'an instant without offset',
      { jobSettings: { startTime: '2026-02-01T00:00:00' } },
      'jobSettings.startTime',
      'offset',
    ],
    [
      'an end before the start',
      { jobSettings: { endTime: '2020-01-01T00:00:00Z' } },
      'jobSettings.endTime',
      'lies before',
    ],
    [
      'an unknown zone',
      { jobSettings: { timeZone: 'Mars/Olympus' } },
      'jobSettings.timeZone',
      '("Mars/Olympus") is no known time zone',
    ],
    [
      'a zone of a legal entity',
      { legalEntities: [{ organizationId: 'USMF', timeZone: '+01:00' }] },
      'legalEntities[0].timeZone',
      'IANA',
    ],
    [
      'a zone of the default',
      { defaultLegalEntity: { timeZone: 'Foo' } },
      'defaultLegalEntity.timeZone',
      'IANA',
    ],
    [
      'no date',
      { defaultLegalEntity: { openFrom: { date: '2026-02-29', closedPeriod: 'hold' } } },
      'defaultLegalEntity.openFrom.date',
      'is no date',
    ],
    [
      'legal entities twice',
      { legalEntities: [{ organizationId: 'usmf' }, { organizationId: 'USMF' }] },
      'legalEntities[1].organizationId',
      '("USMF") is there twice',
    ],
    [
      'a mapping of an unknown source',
      { mappings: [{ ...mapping, dataSource: 'wms' }] },
      'mappings[0]',
      '("wms.adjustment") names a measure that is not configured; add it to dataSources, or take one of: @iv.adjustment',
    ],
    [
      'a mapping of an unknown measure',
      { mappings: [{ ...mapping, physicalMeasure: 'sold' }] },
      'mappings[0]',
      'not configured',
    ],
    [
      'mappings twice',
      { mappings: [mapping, { ...mapping, dataSource: '@IV' }] },
      'mappings[1]',
      '("@IV.adjustment") is there twice',
    ],
    [
      'a mapping without status',
      { mappings: [{ dataSource: '@iv', physicalMeasure: 'adjustment' }] },
      'mappings[0].targetTransactionStatus',
      'is missing; give one of "None", "Created", "Posted"',
    ],
    [
      'an unknown direction',
      { mappings: [{ ...mapping, direction: 'down' }] },
      'mappings[0].direction',
      '("down") must be one of "same", "opposite"',
    ],
    [
      'data source fno',
      dataSource({ name: 'FnO' }),
      'dataSources[0].name',
      '("FnO") belongs to Supply Chain Management',
    ],
    [
      'measures twice',
      dataSource({ physicalMeasures: ['a', 'A'] }),
      'dataSources[0].physicalMeasures[1]',
      'twice',
    ],
    ['no measure', dataSource({ physicalMeasures: [] }), 'dataSources[0].physicalMeasures', 'one or more'],
    ['spaces around a name', dataSource({ name: ' pos' }), 'dataSources[0].name', 'without spaces'],
    [
      'dimension names twice',
      dataSource({ dimensionNames: { shop: 'SiteId', Shop: 'SiteId' } }),
      'dataSources[0].dimensionNames.Shop',
      'twice',
    ],
    [
      'an unknown base dimension',
      dataSource({ dimensionNames: { shop: 'Shop' } }),
      'dataSources[0].dimensionNames.shop',
      '("Shop") must be one of "SiteId"',
    ],
    [
      'a base dimension of another meaning',
      dataSource({ dimensionNames: { siteid: 'LocationId' } }),
      'dataSources[0].dimensionNames.siteid',
      'another meaning',
    ],
    [
      'a dimension name __proto__',
      dataSource({ dimensionNames: JSON.parse('{"__proto__":"SiteId"}') as unknown }),
      'dataSources[0].dimensionNames.__proto__',
      'no possible name',
    ],
    [
      'a column of an unknown dimension',
      { scmDimensionColumns: { Site: 'X' } },
      'scmDimensionColumns.Site',
      'no possible name',
    ],
    [
      'a column twice',
      { scmDimensionColumns: { SiteId: 'X', LocationId: 'X' } },
      'scmDimensionColumns.LocationId',
      '("X") is there twice',
    ],
    [
      'http to elsewhere',
      inventoryVisibility({ endpoint: 'http://example.com' }),
      'inventoryVisibility.endpoint',
      'give an https address',
    ],
    [
      'no address',
      inventoryVisibility({ securityService: 'example.com' }),
      'inventoryVisibility.securityService',
      'no web address',
    ],
    [
      'another scheme',
      inventoryVisibility({ authority: 'ftp://localhost' }),
      'inventoryVisibility.authority',
      'no web address',
    ],
    [
      'no credential',
      inventoryVisibility({ credential: undefined }),
      'inventoryVisibility.credential',
      'is missing; give an object',
    ],
    [
      'an unknown credential',
      inventoryVisibility({ credential: { kind: 'password' } }),
      'inventoryVisibility.credential',
      'clientSecret',
    ],
    [
      'half a credential',
      inventoryVisibility({ credential: { kind: 'clientSecret', tenantId: 't', clientId: 'c' } }),
      'inventoryVisibility.credential.secretSetting',
      'is missing; give the name of the app setting',
    ],
    ['an environment id that is no id', { environmentId: 'a/b' }, 'environmentId', '("a/b") must be'],
  ])('%s', (_case, changes, path, words) => {
    const problems = problemsOf(minimalDocument(changes));
    expect(problems.map((problem) => problem.path)).toEqual([path]);
    expect(problems[0]?.message.startsWith(path)).toBe(true);
    expect(problems[0]?.message).toContain(words);
  });

  test('all of them at once', () => {
    const problems = problemsOf(
      minimalDocument({ maxLineCountPerJournal: 0, enableFeature: 1, afterRewind: 'x' }),
    );
    expect(problems.map((problem) => problem.path).toSorted()).toEqual([
      'afterRewind',
      'enableFeature',
      'maxLineCountPerJournal',
    ]);
  });

  test('what is missing', () => {
    expect(problemsOf({}).map((problem) => problem.path)).toEqual([
      'environmentId',
      'inventoryVisibility',
      'supplyChain',
    ]);
  });

  test.each([null, [], 'text', 5])('a document that is %j', (document) => {
    expect(problemsOf(document)).toMatchObject([
      { message: expect.stringContaining('the document') as string },
    ]);
  });
});

describe('secrets', () => {
  const secret = 'Xy8Q~not-to-be-shown';
  test.each([
    [
      'in place of its setting’s name',
      { kind: 'clientSecret', tenantId: 't', clientId: 'c', secretSetting: secret },
    ],
    ['as a member of its own', { kind: 'clientSecret', tenantId: 't', clientId: 'c', clientSecret: secret }],
    ['under an unknown kind', { kind: 'password', value: secret }],
    ['in place of the whole credential', secret],
  ])('%s are refused and not repeated', (_case, credential) => {
    const problems = problemsOf(minimalDocument(inventoryVisibility({ credential })));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.map((problem) => problem.message).join()).toMatch(/never|app setting/);
    expect(JSON.stringify(problems)).not.toContain(secret);
  });

  test('in an address are refused and not repeated', () => {
    const problems = problemsOf(
      minimalDocument(inventoryVisibility({ endpoint: `https://me:${secret}@example.com` })),
    );
    expect(problems.map((problem) => problem.path)).toEqual(['inventoryVisibility.endpoint']);
    expect(JSON.stringify(problems)).not.toContain(secret);
  });
});
