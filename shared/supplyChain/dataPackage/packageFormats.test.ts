/** What the settings can change about a data package: profile, kind of data file, names. */
import { parse } from 'csv-parse/sync';
import { unzipSync } from 'fflate';
import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../settings/defaultSettings.ts';
import type { DataPackageSettings, EntityProfile } from '../../settings/environmentSettings.ts';
import type { DataPackageContent, JournalLine } from '../supplyChain.ts';
import { buildDataPackage } from './buildDataPackage.ts';
import { packageFormat } from './packageFormat.ts';

const VALUE = 'Größe <&> "]]> 漢字 😀\r\n\tend ';

const line = (lineNumber: number, more: Partial<JournalLine> = {}): JournalLine => ({
  aggregatedLineId: `00000000-0000-8000-8000-${String(lineNumber).padStart(12, '0')}`,
  lineNumber,
  productId: 'D0001',
  quantity: '-12.5',
  dimensionColumns: { INVENTORYSITEID: '1' },
  offsetDataSource: '@iv',
  offsetPhysicalMeasure: 'adjustment',
  ...more,
});

const content: DataPackageContent = {
  company: 'USMF',
  submissionId: 'package-1',
  journals: [
    {
      journalKey: 'IV-1',
      journalNumber: '000123',
      journalNameId: 'IAdj',
      description: 'IV-1 run 1',
      expectedStatus: 'Posted',
      lines: [line(1, { costPrice: '0' }), line(2, { dimensionColumns: { ITEMBATCHNUMBER: VALUE } })],
    },
  ],
};

function build(entityProfile: EntityProfile, changes: Partial<DataPackageSettings> = {}) {
  const dataPackage = { ...DEFAULT_SETTINGS.supplyChain.dataPackage, ...changes };
  return unzipSync(buildDataPackage(content, packageFormat({ entityProfile, dataPackage })));
}

const text = (bytes: Uint8Array | undefined) => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

/** Rows of XML data, by a strict parser: [element, values]. */
function rowsOf(bytes: Uint8Array | undefined): [string, Record<string, string>][] {
  const parser = new SaxesParser();
  const rows: [string, Record<string, string>][] = [];
  const open: string[] = [];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    open.push(name);
    if (open.length === 2) rows.push([name, { ...attributes }]);
    if (open.length === 3) (rows.at(-1)?.[1] ?? {})[name] = '';
  });
  parser.on('text', (value) => {
    const values = rows.at(-1)?.[1];
    if (open.length === 3 && values) values[open[2] ?? ''] += value;
  });
  parser.on('closetag', () => void open.pop());
  parser.write(text(bytes)).close();
  return rows;
}

const LINES = 'Inventory service adjustment journal entries';
const common = {
  JOURNALNUMBER: '000123',
  JOURNALNAMEID: 'IAdj',
  ITEMNUMBER: 'D0001',
  INVENTORYQUANTITY: '-12.5',
  INVENTORYSERVICEADJUSTMENTOFFSETDATASOURCE: '@iv',
  INVENTORYSERVICEADJUSTMENTOFFSETPHYSICALMEASURE: 'adjustment',
};

// Source: "Data entities and packages"; the form of exported XML data (root Document, one element per row).
test.each(['XML-Element', 'XML-Attribute'] as const)(
  '%s data loads in a strict parser, value by value',
  (sourceFormat) => {
    const files = build('service', { sourceFormat });
    expect(Object.keys(files).slice(2)).toEqual([
      'Inventory service adjustment journal headers with journal name.xml',
      `${LINES} with journal name and cost.xml`,
      `${LINES} with journal name.xml`,
    ]);
    const element = 'INVENTINVENTORYSERVICEADJUSTMENTJOURNALENTRYENTITY';
    expect(rowsOf(files[`${LINES} with journal name and cost.xml`])).toEqual([
      [
        element,
        {
          ...common,
          INVENTORYSERVICETRANSACTIONID: line(1).aggregatedLineId,
          LINENUMBER: '1',
          UNITCOST: '0',
          UNITCOSTQUANTITY: '1',
          INVENTORYSITEID: '1',
        },
      ],
    ]);
    expect(rowsOf(files[`${LINES} with journal name.xml`])).toEqual([
      [
        element,
        {
          ...common,
          INVENTORYSERVICETRANSACTIONID: line(2).aggregatedLineId,
          LINENUMBER: '2',
          ITEMBATCHNUMBER: VALUE,
        },
      ],
    ]);
    expect(text(files['Manifest.xml'])).toContain(`<SourceFormat>${sourceFormat}</SourceFormat>`);
  },
);

test('a value that XML cannot hold is refused before anything is sent', () => {
  const [journal] = content.journals;
  if (!journal) throw new Error('no journal');
  const bad = { ...content, journals: [{ ...journal, lines: [line(1, { productId: 'a\u0001b' })] }] };
  const dataPackage = { ...DEFAULT_SETTINGS.supplyChain.dataPackage, sourceFormat: 'XML-Element' as const };
  expect(() => buildDataPackage(bad, packageFormat({ entityProfile: 'service', dataPackage }))).toThrow(
    'U+0001',
  );
});

test('generic-v2 has one entity, no key of ours, and the numbers that SCM gave', () => {
  const files = build('generic-v2');
  const label = 'Inventory adjustment journal headers and lines V2';
  expect(Object.keys(files)).toEqual([
    'Manifest.xml',
    'PackageHeader.xml',
    `${label} with journal name and cost.csv`,
    `${label} with journal name.csv`,
  ]);
  const csv = new TextDecoder('utf-16le', { fatal: true }).decode(
    files[`${label} with journal name and cost.csv`],
  );
  expect(parse(csv, { columns: true, record_delimiter: '\r\n' })).toEqual([
    { ...common, LINENUMBER: '1', UNITCOST: '0', UNITCOSTQUANTITY: '1', INVENTORYSITEID: '1' },
  ]);
});

test('what is not documented can be set', () => {
  const files = build('service', {
    sourceFormat: 'XML-Attribute',
    headerLabel: 'Headers',
    lineLabel: 'Lines',
    headerElement: 'HEADER',
    lineElement: 'LINE',
    offsetDataSourceColumn: 'OFFSETDATASOURCE',
    offsetPhysicalMeasureColumn: 'OFFSETPHYSICALMEASURE',
    expectedStatusPosted: 'ToBePosted',
  });
  expect(rowsOf(files['Headers with journal name.xml'])).toMatchObject([
    ['HEADER', { INVENTORYSERVICEJOURNALEXPECTEDSTATUS: 'ToBePosted' }],
  ]);
  expect(rowsOf(files['Lines with journal name.xml'])).toMatchObject([
    ['LINE', { OFFSETDATASOURCE: '@iv', OFFSETPHYSICALMEASURE: 'adjustment' }],
  ]);
  expect(text(files['Manifest.xml'])).toContain('<EntityName>Lines</EntityName>');
});
