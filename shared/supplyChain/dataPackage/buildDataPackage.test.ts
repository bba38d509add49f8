import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { unzipSync } from 'fflate';
import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import type { DataPackageContent, JournalLine } from '../supplyChain.ts';
import { buildDataPackage } from './buildDataPackage.ts';
import { DEFAULT_SETTINGS } from '../../settings/defaultSettings.ts';
import { packageFormat } from './packageFormat.ts';
import { csvUnicode } from './csvUnicode.ts';
import { xmlText } from './xmlText.ts';

const FORMAT = packageFormat(DEFAULT_SETTINGS.supplyChain);
const HEADERS = 'Inventory service adjustment journal headers';
const LINES = 'Inventory service adjustment journal entries';

function line(lineNumber: number, more: Partial<JournalLine> = {}): JournalLine {
  return {
    aggregatedLineId: `00000000-0000-8000-8000-${String(lineNumber).padStart(12, '0')}`,
    lineNumber,
    productId: 'D0001',
    quantity: '-12.5000000001',
    dimensionColumns: { INVENTORYSITEID: '1', INVENTORYWAREHOUSEID: '13' },
    offsetDataSource: '@iv',
    offsetPhysicalMeasure: 'adjustment',
    ...more,
  };
}

const content: DataPackageContent = {
  company: 'USMF',
  submissionId: 'package-1 <&>',
  journals: [
    {
      journalKey: 'IV-1',
      journalNameId: 'IAdj',
      description: 'IV-1 run 1',
      expectedStatus: 'Posted',
      lines: [
        line(1, { costPrice: '3.25', transDate: '2024-05-31' }),
        line(2, { costPrice: '0', transDate: '2024-05-31' }),
        line(3, { transDate: '2024-05-31', dimensionColumns: { PRODUCTCOLORID: 'Red, "dark"\r\nmatt' } }),
      ],
    },
    {
      journalKey: 'IV-2',
      description: 'IV-2 run 1',
      expectedStatus: 'Created',
      lines: [line(4), line(5, { productId: ' Größe 漢字 😀 ' })],
    },
  ],
};

interface Element {
  readonly name: string;
  readonly uri: string;
  readonly nil: boolean;
  readonly children: Element[];
  text: string;
}

/** A strict parser: anything that is not well-formed throws. */
function parseXml(bytes: Uint8Array | undefined): Element {
  const parser = new SaxesParser({ xmlns: true });
  const root: Element = { name: '', uri: '', nil: false, children: [], text: '' };
  const open = [root];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ local, uri, attributes }) => {
    const element = { name: local, uri, nil: attributes['i:nil']?.value === 'true', children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const current = open.at(-1);
    if (current) current.text += text;
  });
  parser.on('closetag', () => void open.pop());
  parser.write(new TextDecoder('utf-8', { fatal: true }).decode(bytes)).close();
  const [document] = root.children;
  if (!document) throw new Error('no root element');
  return document;
}

function childText(element: Element, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text.trim();
}

function parseCsv(bytes: Uint8Array | undefined): Record<string, string>[] {
  if (!bytes) throw new Error('no such file');
  expect([bytes[0], bytes[1]]).toEqual([0xff, 0xfe]);
  const text = new TextDecoder('utf-16le', { fatal: true }).decode(bytes);
  expect(text.endsWith('\r\n')).toBe(true);
  return parse(text, { columns: true, record_delimiter: '\r\n', relax_quotes: false });
}

const files = unzipSync(buildDataPackage(content, FORMAT));

test('holds a manifest, a package header, and one file per entity and set of optional values', () => {
  expect(Object.keys(files)).toEqual([
    'Manifest.xml',
    'PackageHeader.xml',
    `${HEADERS} with journal name.csv`,
    `${HEADERS}.csv`,
    `${LINES} with journal name and date and cost.csv`,
    `${LINES} with journal name and date.csv`,
    `${LINES}.csv`,
  ]);
});

test('a header without journal name has no such column', () => {
  expect(parseCsv(files[`${HEADERS} with journal name.csv`])).toEqual([
    {
      JOURNALNUMBER: 'IV-1',
      JOURNALNAMEID: 'IAdj',
      DESCRIPTION: 'IV-1 run 1',
      INVENTORYSERVICEJOURNALEXPECTEDSTATUS: 'Posted',
    },
  ]);
  expect(parseCsv(files[`${HEADERS}.csv`])).toEqual([
    { JOURNALNUMBER: 'IV-2', DESCRIPTION: 'IV-2 run 1', INVENTORYSERVICEJOURNALEXPECTEDSTATUS: 'Created' },
  ]);
});

test('a line without cost, date or journal name has no such column; a cost of zero is a cost', () => {
  const common = {
    ITEMNUMBER: 'D0001',
    INVENTORYQUANTITY: '-12.5000000001',
    INVENTORYSERVICEADJUSTMENTOFFSETDATASOURCE: '@iv',
    INVENTORYSERVICEADJUSTMENTOFFSETPHYSICALMEASURE: 'adjustment',
  };
  const full = {
    ...common,
    JOURNALNUMBER: 'IV-1',
    JOURNALNAMEID: 'IAdj',
    TRANSACTIONDATE: '2024-05-31',
    UNITCOSTQUANTITY: '1',
    INVENTORYSITEID: '1',
    INVENTORYWAREHOUSEID: '13',
  };
  expect(parseCsv(files[`${LINES} with journal name and date and cost.csv`])).toEqual([
    { ...full, INVENTORYSERVICETRANSACTIONID: line(1).aggregatedLineId, LINENUMBER: '1', UNITCOST: '3.25' },
    { ...full, INVENTORYSERVICETRANSACTIONID: line(2).aggregatedLineId, LINENUMBER: '2', UNITCOST: '0' },
  ]);
  expect(parseCsv(files[`${LINES} with journal name and date.csv`])).toEqual([
    {
      ...common,
      INVENTORYSERVICETRANSACTIONID: line(3).aggregatedLineId,
      JOURNALNUMBER: 'IV-1',
      LINENUMBER: '3',
      JOURNALNAMEID: 'IAdj',
      TRANSACTIONDATE: '2024-05-31',
      PRODUCTCOLORID: 'Red, "dark"\r\nmatt',
    },
  ]);
  const bare = { ...common, JOURNALNUMBER: 'IV-2', INVENTORYSITEID: '1', INVENTORYWAREHOUSEID: '13' };
  expect(parseCsv(files[`${LINES}.csv`])).toEqual([
    { ...bare, INVENTORYSERVICETRANSACTIONID: line(4).aggregatedLineId, LINENUMBER: '4' },
    {
      ...bare,
      INVENTORYSERVICETRANSACTIONID: line(5).aggregatedLineId,
      LINENUMBER: '5',
      ITEMNUMBER: ' Größe 漢字 😀 ',
    },
  ]);
});

test('the manifest maps exactly the columns of each file, headers before lines', () => {
  const manifest = parseXml(files['Manifest.xml']);
  expect(manifest).toMatchObject({
    name: 'DataManagementPackageManifest',
    uri: 'http://schemas.microsoft.com/dynamics/2015/01/DataManagement',
  });
  expect(childText(manifest, 'DefinitionGroupName')).toBe('package-1 <&>');
  const entities = manifest.children.find((child) => child.name === 'PackageEntityList')?.children ?? [];
  expect(
    entities.map((entity) =>
      ['EntityName', 'LevelInExecutionUnit', 'SequenceInLevel', 'SourceFormat'].map((name) =>
        childText(entity, name),
      ),
    ),
  ).toEqual([
    [HEADERS, '1', '1', 'CSV-Unicode'],
    [HEADERS, '1', '2', 'CSV-Unicode'],
    [LINES, '2', '1', 'CSV-Unicode'],
    [LINES, '2', '2', 'CSV-Unicode'],
    [LINES, '2', '3', 'CSV-Unicode'],
  ]);
  for (const entity of entities) {
    expect(entity.name).toBe('DataManagementPackageEntityData');
    const order = entity.children.map((child) => child.name);
    expect(order).toEqual([...order].sort());
    const file = files[childText(entity, 'InputFilePath') ?? ''];
    const maps = entity.children.find((child) => child.name === 'EntityMapList')?.children ?? [];
    const columns = Object.keys(parseCsv(file)[0] ?? {});
    expect(maps.map((map) => childText(map, 'EntityField'))).toEqual(columns);
    expect(maps.map((map) => childText(map, 'XMLField'))).toEqual(columns);
    expect(
      maps.every((map) =>
        map.children.some((child) => child.name === 'EntityFieldConversionList' && child.nil),
      ),
    ).toBe(true);
  }
});

test('the package header names a definition group', () => {
  const header = parseXml(files['PackageHeader.xml']);
  expect(header.name).toBe('DataManagementPackageHeader');
  expect(header.children.map((child) => [child.name, child.text.trim()])).toEqual([
    ['Description', 'package-1 <&>'],
    [
      'ManifestType',
      'Microsoft.Dynamics.AX.Framework.Tools.DataManagement.Serialization.DataManagementPackageManifest',
    ],
    ['PackageType', 'DefinitionGroup'],
    ['PackageVersion', '2'],
  ]);
});

test('the same content gives the same bytes, whatever the time zone', () => {
  const first = Buffer.from(buildDataPackage(content, FORMAT));
  const zone = process.env.TZ;
  try {
    for (const other of ['America/Los_Angeles', 'Asia/Kathmandu', 'Pacific/Apia']) {
      process.env.TZ = other;
      expect(Buffer.compare(Buffer.from(buildDataPackage(structuredClone(content), FORMAT)), first)).toBe(0);
    }
  } finally {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  }
  const other = { ...content, submissionId: 'package-2' };
  expect(Buffer.compare(Buffer.from(buildDataPackage(other, FORMAT)), first)).not.toBe(0);
});

test('a standard tool opens it', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'data-package-'));
  try {
    const path = join(folder, 'package.zip');
    await writeFile(path, buildDataPackage(content, FORMAT));
    const tools = [
      ['unzip', '-t', path],
      ['python3', '-m', 'zipfile', '-t', path],
      ['tar', '-tf', path],
    ] as const;
    const runs = tools.map(([tool, ...parameters]) => spawnSync(tool, parameters, { encoding: 'utf8' }));
    // GNU's tar knows no zip files, and not every machine has the others.
    const run = runs.find(
      ({ error, stderr }) => error === undefined && !stderr.includes('not look like a tar'),
    );
    if (run === undefined) return context.skip('no tool for zip files on this machine');
    expect([run.status, run.stderr]).toEqual([0, '']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a dimension mapped to a column of another meaning is refused', () => {
  const [journal] = content.journals;
  if (!journal) throw new Error('no journal');
  const lines = [line(1, { dimensionColumns: { INVENTORYQUANTITY: '5' } })];
  expect(() => buildDataPackage({ ...content, journals: [{ ...journal, lines }] }, FORMAT)).toThrow(
    /INVENTORYQUANTITY/,
  );
});

test('text that XML cannot hold is refused', () => {
  expect(() => xmlText('a\u0000b')).toThrow(/U\+0000/);
  expect(() => xmlText('a\uD800')).toThrow(/U\+D800/);
  expect(() => xmlText('\uFFFE')).toThrow(/U\+FFFE/);
  expect(xmlText('a<b>&"\t😀')).toBe('a&lt;b&gt;&amp;&quot;&#9;😀');
});

test('CSV quotes only what needs it', () => {
  const text = Buffer.from(csvUnicode([['a', 'b,c', 'd"e', 'f\ng', ' h', '']])).toString('utf16le');
  expect(text).toBe('\uFEFFa,"b,c","d""e","f\ng"," h",\r\n');
});
