/** Builds data packages by hand, down to the byte, with any single thing wrong. */
import { zipSync } from 'fflate';

const NAMESPACE = 'http://schemas.microsoft.com/dynamics/2015/01/DataManagement';
export const HEADERS = 'Inventory service adjustment journal headers';
export const ENTRIES = 'Inventory service adjustment journal entries';

export interface SampleFile {
  readonly label: string;
  readonly path: string;
  /** Header row and data rows. */
  readonly rows: readonly (readonly string[])[];
  /** Columns of the entity map; default: the header row. */
  readonly map?: readonly string[];
  readonly sourceFormat?: string;
  /** The file's bytes; default: UTF-16LE with byte order mark, CRLF. */
  readonly bytes?: Uint8Array;
}

export function csvText(rows: readonly (readonly string[])[], lineEnd = '\r\n'): string {
  return rows.map((row) => row.join(',') + lineEnd).join('');
}

export function utf16(text: string, mark = '\ufeff'): Uint8Array {
  return Buffer.from(mark + text, 'utf16le');
}

export function headerFile(rows: readonly (readonly string[])[]): SampleFile {
  const columns = ['JOURNALNUMBER', 'DESCRIPTION', 'INVENTORYSERVICEJOURNALEXPECTEDSTATUS'];
  return { label: HEADERS, path: 'headers.csv', rows: [columns, ...rows] };
}

export function packageZip(
  files: readonly SampleFile[],
  changes: { readonly namespace?: string; readonly omit?: string } = {},
): Uint8Array<ArrayBuffer> {
  const namespace = changes.namespace ?? NAMESPACE;
  const entities = files.map((file, index) => {
    const map = (file.map ?? file.rows[0] ?? [])
      .map(
        (column) =>
          `<EntityMap><EntityField>${column}</EntityField><XMLField>${column}</XMLField></EntityMap>`,
      )
      .join('');
    return `<DataManagementPackageEntityData><EntityMapList>${map}</EntityMapList><EntityName>${file.label}</EntityName>
      <ExecutionUnit>1</ExecutionUnit><InputFilePath>${file.path}</InputFilePath>
      <LevelInExecutionUnit>1</LevelInExecutionUnit><SequenceInLevel>${index + 1}</SequenceInLevel>
      <SourceFormat>${file.sourceFormat ?? 'CSV-Unicode'}</SourceFormat></DataManagementPackageEntityData>`;
  });
  const manifest = `<DataManagementPackageManifest xmlns="${namespace}"><DefinitionGroupName>Adjustments</DefinitionGroupName>
    <PackageEntityList>${entities.join('')}</PackageEntityList></DataManagementPackageManifest>`;
  const header = `<DataManagementPackageHeader xmlns="${namespace}"><ManifestType>Microsoft.Dynamics.AX.Framework.Tools.DataManagement.Serialization.DataManagementPackageManifest</ManifestType>
    <PackageType>DefinitionGroup</PackageType><PackageVersion>2</PackageVersion></DataManagementPackageHeader>`;
  const members: Record<string, Uint8Array> = {
    // The samples have it in UTF-16LE, working third-party packages in UTF-8: one of each.
    'Manifest.xml': utf16(manifest),
    'PackageHeader.xml': Buffer.from(`<?xml version="1.0" encoding="utf-8"?>\n${header}`),
    ...Object.fromEntries(files.map((file) => [file.path, file.bytes ?? utf16(csvText(file.rows))])),
  };
  if (changes.omit !== undefined) delete members[changes.omit];
  return zipSync(members);
}

export function lineId(number: number): string {
  return `aaaaaaaa-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

const LINE_COLUMNS = {
  INVENTORYSERVICETRANSACTIONID: lineId(1),
  JOURNALNUMBER: 'J1',
  LINENUMBER: '1',
  ITEMNUMBER: 'D0001',
  TRANSACTIONDATE: '2026-03-01',
  INVENTORYQUANTITY: '5',
  INVENTORYSITEID: '1',
  INVENTORYWAREHOUSEID: '13',
  INVENTORYSERVICEADJUSTMENTOFFSETDATASOURCE: '@iv',
  INVENTORYSERVICEADJUSTMENTOFFSETPHYSICALMEASURE: 'adjustment',
};

/** Lines with the usual columns; what a line names overrides. All lines must name the same extra columns. */
export function lineFile(lines: readonly Record<string, string>[], path = 'lines.csv'): SampleFile {
  const complete = lines.map((line): Record<string, string> => ({ ...LINE_COLUMNS, ...line }));
  const columns = Object.keys(complete[0] ?? LINE_COLUMNS);
  return {
    label: ENTRIES,
    path,
    rows: [columns, ...complete.map((line) => columns.map((column) => line[column] ?? ''))],
  };
}
