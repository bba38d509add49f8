import { parse } from 'csv-parse/sync';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { exportedServiceEntities, exportedTemplate, utf16 } from '../../../test/support/exportedTemplate.ts';
import type { ExportedEntity } from '../../../test/support/exportedTemplate.ts';
import { DEFAULT_SETTINGS } from '../../settings/defaultSettings.ts';
import { parseSettings } from '../../settings/parseSettings.ts';
import { minimalDocument } from '../../settings/settingsExamples.ts';
import type { DataPackageContent } from '../supplyChain.ts';
import { buildDataPackage } from './buildDataPackage.ts';
import { packageFormat } from './packageFormat.ts';
import { childOf, parseXmlDocument, textOf, xmlDocument } from './xmlTree.ts';

const content: DataPackageContent = {
  company: 'USMF',
  submissionId: 'package-1',
  journals: [
    {
      journalKey: 'IV-1',
      description: 'IV-1 run 1',
      expectedStatus: 'Created',
      lines: [undefined, '3.5'].map((costPrice, index) => ({
        aggregatedLineId: `00000000-0000-8000-8000-00000000000${index}`,
        lineNumber: index + 1,
        productId: 'A,"B"',
        quantity: '1',
        ...(costPrice === undefined ? {} : { costPrice }),
        dimensionColumns: { INVENTORYSITEID: '1' },
        offsetDataSource: '@iv',
        offsetPhysicalMeasure: 'adjustment',
      })),
    },
  ],
};
const LINES = 'Inventory service adjustment journal entries';

function build(template: string): Record<string, Uint8Array> {
  const dataPackage = { ...DEFAULT_SETTINGS.supplyChain.dataPackage, template };
  return unzipSync(buildDataPackage(content, packageFormat({ entityProfile: 'service', dataPackage })));
}

test('takes over the exported documents, with the files and columns of ours', () => {
  const template = exportedTemplate(exportedServiceEntities('CSV-Unicode'));
  const exported = unzipSync(Buffer.from(template, 'base64'));
  const files = build(template);
  expect(Object.keys(files)).toEqual([
    'Manifest.xml',
    'PackageHeader.xml',
    'Inventory service adjustment journal headers.csv',
    `${LINES} with cost.csv`,
    `${LINES}.csv`,
  ]);
  expect(files['PackageHeader.xml']).toEqual(exported['PackageHeader.xml']);
  const manifest = parseXmlDocument(files['Manifest.xml'] ?? new Uint8Array());
  expect(textOf(manifest, 'DefinitionGroupName')).toBe('Adjustments & more');
  expect(manifest.attributes['xmlns:i']).toBe('http://www.w3.org/2001/XMLSchema-instance');
  const entities = childOf(manifest, 'PackageEntityList')?.children ?? [];
  const kept = ['DefaultRefreshType', 'ExecutionUnit', 'QueryData', 'SampleFilePath'];
  expect(entities.map((entity) => kept.map((name) => textOf(entity, name)))).toEqual(
    entities.map(() => ['IncrementalPush', '7', 'AAEC', '']),
  );
  expect(
    entities.map((entity) =>
      ['InputFilePath', 'LevelInExecutionUnit', 'SequenceInLevel'].map((name) => textOf(entity, name)),
    ),
  ).toEqual([
    ['Inventory service adjustment journal headers.csv', '1', '3'],
    [`${LINES} with cost.csv`, '2', '3'],
    [`${LINES}.csv`, '2', '4'],
  ]);
  for (const entity of entities) {
    const csv = new TextDecoder('utf-16le').decode(files[textOf(entity, 'InputFilePath')]);
    const [columns = []] = parse(csv, { record_delimiter: '\r\n' });
    const maps = childOf(entity, 'EntityMapList')?.children ?? [];
    expect(maps.map((map) => textOf(map, 'XMLField')).sort()).toEqual([...columns].sort());
    for (const map of maps) expect(textOf(map, 'XMLField')).toBe(`MY_${textOf(map, 'EntityField')}`);
    const quoted = maps.filter((map) => textOf(map, 'UseTextQualifier') === 'true');
    expect(quoted.map((map) => textOf(map, 'EntityField'))).toEqual(
      textOf(entity, 'EntityName') === LINES ? ['ITEMNUMBER'] : [],
    );
  }
  expect(Buffer.from(build(template)['Manifest.xml'] ?? [])).toEqual(
    Buffer.from(files['Manifest.xml'] ?? []),
  );
});

test('its source format counts, and its target entities name the rows', () => {
  const entities = exportedServiceEntities('XML-Element').map((entity) => ({
    ...entity,
    target: `X${entity.level}`,
  }));
  const files = build(exportedTemplate(entities));
  const xml = new TextDecoder().decode(files[`${LINES} with cost.xml`]);
  expect(xml).toContain('<X2><MY_INVENTORYSERVICETRANSACTIONID>');
});

const [HEADER_ENTITY, LINE_ENTITY] = exportedServiceEntities('CSV-Unicode');
const { UNITCOST: _, ...fieldsWithoutCost } = LINE_ENTITY.fields;

function problemsWith(template: string): string {
  const { problems } = parseSettings(
    minimalDocument({ supplyChain: { ...minimalDocument().supplyChain, dataPackage: { template } } }),
  );
  for (const { path } of problems ?? []) expect(path).toBe('supplyChain.dataPackage.template');
  return problems?.map(({ message }) => message).join('\n') ?? '';
}

test('settings take a template that fits', () => {
  expect(problemsWith(exportedTemplate([HEADER_ENTITY, LINE_ENTITY]))).toBe('');
  // Entities that nobody uses may have any format.
  const other: ExportedEntity = { ...LINE_ENTITY, label: 'Other', sourceFormat: 'EXCEL', fields: {} };
  expect(problemsWith(exportedTemplate([HEADER_ENTITY, other, LINE_ENTITY]))).toBe('');
});

test.each<[string, string, string]>([
  ['no zip', Buffer.from('nothing').toString('base64'), 'is not a zip file'],
  [
    'no documents',
    exportedTemplate([], { 'Manifest.xml': new Uint8Array() }),
    'Manifest.xml that cannot be read',
  ],
  [
    'another namespace',
    exportedTemplate([], { 'PackageHeader.xml': utf16('<DataManagementPackageHeader xmlns="x"/>') }),
    'without the root element DataManagementPackageHeader of namespace',
  ],
  [
    'a document type',
    exportedTemplate([], { 'Manifest.xml': utf16('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>') }),
    'a document type is not taken',
  ],
  [
    'one entity',
    exportedTemplate([LINE_ENTITY]),
    'has no entity "Inventory service adjustment journal headers"',
  ],
  [
    'a column short',
    exportedTemplate([HEADER_ENTITY, { ...LINE_ENTITY, fields: fieldsWithoutCost }]),
    `does not map UNITCOST of "${LINES}"; map it in the project`,
  ],
  [
    'a generated number',
    exportedTemplate([{ ...HEADER_ENTITY, generated: ['JOURNALNUMBER'] }, LINE_ENTITY]),
    'lets SCM generate JOURNALNUMBER',
  ],
  [
    'an unwritten format',
    exportedTemplate([HEADER_ENTITY, { ...LINE_ENTITY, sourceFormat: 'EXCEL' }]),
    'has the source format "EXCEL"',
  ],
  [
    'two formats',
    exportedTemplate([HEADER_ENTITY, { ...LINE_ENTITY, sourceFormat: 'XML-Element' }]),
    'choose the same one',
  ],
])('settings say what is wrong with a template that has %s', (_what, template, words) => {
  expect(problemsWith(template)).toContain(words);
});

test('trees are written as they were read', () => {
  const text =
    '<a xmlns="urn:x" b="1 &lt; 2"><c>d &amp; e</c> <f i="&quot;"/><!-- no --><g><![CDATA[<h>]]></g></a>';
  const tree = parseXmlDocument(new TextEncoder().encode(text));
  const written = xmlDocument(tree);
  expect(parseXmlDocument(new TextEncoder().encode(written))).toEqual(tree);
  expect(tree.children.map(({ name, text: own }) => [name, own])).toEqual([
    ['c', 'd & e'],
    ['f', ''],
    ['g', '<h>'],
  ]);
});
