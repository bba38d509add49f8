import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from './defaultSettings.ts';
import { InvalidSettingsError, parseSettings, parseSettingsFile } from './parseSettings.ts';
import { minimalDocument } from './settingsExamples.ts';

const settingsOf = (changes: Record<string, unknown>) => {
  const { settings, problems } = parseSettings(minimalDocument(changes));
  expect(problems).toBeUndefined();
  return settings;
};

const { activityId: _, ...withoutActivity } = minimalDocument().supplyChain;

describe('a partial document is completed', () => {
  test('with all defaults', () => {
    const settings = settingsOf({});
    expect(settings).toMatchObject(DEFAULT_SETTINGS);
    expect(settings).toMatchObject(minimalDocument());
  });

  test('is stable: complete settings parse to themselves', () => {
    const settings = settingsOf({
      dataSources: [{ name: 'pos', physicalMeasures: ['sold'], dimensionNames: { shop: 'LocationId' } }],
      mappings: [{ dataSource: 'POS', physicalMeasure: 'Sold', targetTransactionStatus: 'Created' }],
    });
    expect(parseSettings(JSON.parse(JSON.stringify(settings))).settings).toEqual(settings);
  });

  test('member by member', () => {
    const settings = settingsOf({
      jobSettings: { recurrenceUnit: 'hour' },
      limits: { maxLinesPerRequest: 7 },
      costPolicy: { sendOnIssues: true },
    });
    expect(settings?.jobSettings).toEqual({ ...DEFAULT_SETTINGS.jobSettings, recurrenceUnit: 'hour' });
    expect(settings?.limits).toEqual({ ...DEFAULT_SETTINGS.limits, maxLinesPerRequest: 7 });
    expect(settings?.costPolicy).toEqual({ aggregation: 'separate', sendOnIssues: true });
  });

  test('mapping by mapping and data source by data source', () => {
    const settings = settingsOf({
      dataSources: [{ name: 'pos', physicalMeasures: ['sold'] }],
      mappings: [{ dataSource: 'pos', physicalMeasure: 'sold', targetTransactionStatus: 'None' }],
    });
    expect(settings?.dataSources).toEqual([{ name: 'pos', physicalMeasures: ['sold'], dimensionNames: {} }]);
    expect(settings?.mappings).toEqual([
      {
        dataSource: 'pos',
        physicalMeasure: 'sold',
        targetTransactionType: 'InventoryAdjustmentJournal',
        targetTransactionStatus: 'None',
        direction: 'same',
        groupBy: 'allDimensions',
        mergeGrain: 'all',
      },
    ]);
  });

  test('data sources of one’s own do without the default mapping, unless they have its measure', () => {
    expect(settingsOf({ dataSources: [{ name: 'pos', physicalMeasures: ['sold'] }] })?.mappings).toEqual([]);
    const withDefault = settingsOf({
      dataSources: [{ name: '@IV', physicalMeasures: ['Adjustment', 'other'] }],
    });
    expect(withDefault?.mappings).toEqual(DEFAULT_SETTINGS.mappings);
  });

  test('legal entities take zone and blank-date rule of the default one', () => {
    const settings = settingsOf({
      defaultLegalEntity: { timeZone: 'Europe/Copenhagen' },
      legalEntities: [{ organizationId: 'USMF', timeZone: 'America/Chicago' }, { organizationId: 'DEMF' }],
    });
    expect(settings?.legalEntities).toEqual([
      { organizationId: 'USMF', timeZone: 'America/Chicago', blankTransDate: 'accepted' },
      { organizationId: 'DEMF', timeZone: 'Europe/Copenhagen', blankTransDate: 'accepted' },
    ]);
  });

  test('a package that is imported directly needs no recurring data job', () => {
    const settings = settingsOf({ supplyChain: { ...withoutActivity, transport: 'package' } });
    expect(settings?.supplyChain).toMatchObject({
      dataProject: 'Inventory Visibility business layer',
      importAction: 'ImportFromPackageAsync',
    });
  });

  test('the data package is completed member by member, and the profile limits the journals', () => {
    const supplyChain = {
      ...minimalDocument().supplyChain,
      entityProfile: 'generic-v2',
      dataPackage: { sourceFormat: 'XML-Element', lineLabel: 'Lines' },
    };
    const settings = settingsOf({ supplyChain });
    expect(settings?.maxLineCountPerJournal).toBe(1000);
    expect(settings?.supplyChain.dataPackage).toEqual({
      ...DEFAULT_SETTINGS.supplyChain.dataPackage,
      sourceFormat: 'XML-Element',
      lineLabel: 'Lines',
    });
  });

  test('addresses lose their trailing slash; plain http is fine on this machine', () => {
    const settings = settingsOf({
      inventoryVisibility: {
        ...minimalDocument().inventoryVisibility,
        endpoint: 'http://127.0.0.1:7071/iv/',
      },
    });
    expect(settings?.inventoryVisibility.endpoint).toBe('http://127.0.0.1:7071/iv');
  });
});

describe('a settings file', () => {
  test('holds one environment or several', () => {
    expect(parseSettingsFile('settings.json', minimalDocument())).toHaveLength(1);
    expect(
      parseSettingsFile('settings.json', [minimalDocument(), minimalDocument({ environmentId: 'b' })]),
    ).toMatchObject([{}, { environmentId: 'b' }]);
  });

  test('that is wrong names itself and every problem', () => {
    const parse = () =>
      parseSettingsFile('settings.json', [minimalDocument(), minimalDocument({ enableFeature: 1 })]);
    expect(parse).toThrow(InvalidSettingsError);
    expect(parse).toThrow('settings.json [1]:\n- enableFeature (1) must be true or false');
  });
});
