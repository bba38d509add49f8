/**
 * Opens a data package: zip, PackageHeader.xml, Manifest.xml, one data file per manifest entity.
 * Source: data-entities-data-packages.md, and the package `usmf_asset-major-types-01.zip` of the
 * Dynamics-AX-Integration samples for names, order and namespace.
 */
import { unzipSync } from 'fflate';
import { entityFormat } from '../entityFormats.ts';
import type { EntityFormat } from '../entityFormats.ts';
import { child, children, childText, decodeText, parseXml } from './packageXml.ts';
import type { XmlElement } from './packageXml.ts';

const NAMESPACE = 'http://schemas.microsoft.com/dynamics/2015/01/DataManagement';
const MANIFEST_TYPE =
  'Microsoft.Dynamics.AX.Framework.Tools.DataManagement.Serialization.DataManagementPackageManifest';
/** Source formats that the environment is set up for. */
const SOURCE_FORMATS = ['CSV-Unicode', 'XML-Element', 'XML-Attribute'] as const;
export type SourceFormat = (typeof SOURCE_FORMATS)[number];
const MAX_UNPACKED_BYTES = 512 * 1024 * 1024;

/** The package cannot be taken in at all. */
export class PackageError extends Error {}

export interface PackageEntity {
  readonly format: EntityFormat;
  readonly sourceFormat: SourceFormat;
  readonly fileName: string;
  readonly file: Uint8Array;
  /** Column of the file → column of the staging table. */
  readonly map: ReadonlyMap<string, string>;
}

export interface DataPackage {
  readonly definitionGroup: string;
  /** In the order they are executed: unit, level, sequence. */
  readonly entities: readonly PackageEntity[];
}

/** @throws PackageError */
export function openDataPackage(zip: Uint8Array): DataPackage {
  const files = unpack(zip);
  const header = document(files, 'PackageHeader.xml', 'DataManagementPackageHeader');
  expect(header, 'ManifestType', MANIFEST_TYPE);
  expect(header, 'PackageType', 'DefinitionGroup');
  const manifest = document(files, 'Manifest.xml', 'DataManagementPackageManifest');
  const definitionGroup = childText(manifest, 'DefinitionGroupName');
  if (definitionGroup === '') throw new PackageError('Manifest.xml names no DefinitionGroupName.');
  const list = child(manifest, 'PackageEntityList');
  const entries = children(list, 'DataManagementPackageEntityData');
  if (entries.length === 0) throw new PackageError('Manifest.xml lists no entities.');
  const order = (entry: XmlElement): number[] =>
    ['ExecutionUnit', 'LevelInExecutionUnit', 'SequenceInLevel'].map((name) =>
      Number(childText(entry, name)),
    );
  const sorted = entries
    .map((entry) => ({ entry, order: order(entry) }))
    .sort((a, b) => compareOrder(a.order, b.order));
  return { definitionGroup, entities: sorted.map(({ entry }) => packageEntity(entry, files)) };
}

function unpack(zip: Uint8Array): Map<string, Uint8Array> {
  let unpacked = 0;
  try {
    const files = unzipSync(zip, {
      filter: (file) => {
        unpacked += file.originalSize;
        if (unpacked > MAX_UNPACKED_BYTES) throw new PackageError('The package is too large.');
        return true;
      },
    });
    return new Map(Object.entries(files));
  } catch (error) {
    if (error instanceof PackageError) throw error;
    throw new PackageError('The package is not a zip file.', { cause: error });
  }
}

function document(files: ReadonlyMap<string, Uint8Array>, name: string, rootName: string): XmlElement {
  const file = files.get(name);
  if (!file) throw new PackageError(`The package has no ${name}.`);
  let root: XmlElement;
  try {
    root = parseXml(decodeText(file));
  } catch (error) {
    throw new PackageError(
      `${name} is not well-formed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (root.name !== rootName || root.namespace !== NAMESPACE) {
    throw new PackageError(`${name} does not have the root element ${rootName} of namespace ${NAMESPACE}.`);
  }
  refuseDisorder(root, name);
  return root;
}

/**
 * Elements stand in the alphabetical order of their names, and belong to the namespace: a data contract serializer
 * passes over what does not.
 */
function refuseDisorder(element: XmlElement, file: string): void {
  let last = '';
  for (const { name, namespace } of element.children) {
    if (namespace !== NAMESPACE) {
      throw new PackageError(`Element ${name} in ${file} does not belong to namespace ${NAMESPACE}.`);
    }
    if (name < last)
      throw new PackageError(`Element ${name} in ${file} stands behind ${last} and is not read.`);
    last = name;
  }
  for (const inner of element.children) refuseDisorder(inner, file);
}

function expect(element: XmlElement, name: string, value: string): void {
  const actual = childText(element, name);
  if (actual !== value)
    throw new PackageError(`${name} in PackageHeader.xml is "${actual}", not "${value}".`);
}

function compareOrder(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((value, index) => value !== b[index]);
  return differing < 0 ? 0 : (a[differing] ?? 0) - (b[differing] ?? 0);
}

function packageEntity(entry: XmlElement, files: ReadonlyMap<string, Uint8Array>): PackageEntity {
  const label = childText(entry, 'EntityName');
  const format = entityFormat(label);
  if (!format) throw new PackageError(`Entity ${label} does not exist in the target environment.`);
  const fileName = childText(entry, 'InputFilePath');
  const file = files.get(fileName);
  if (!file) throw new PackageError(`The data file "${fileName}" of entity ${label} is not in the package.`);
  const asked = childText(entry, 'SourceFormat');
  const sourceFormat = SOURCE_FORMATS.find((known) => known === asked);
  if (!sourceFormat) {
    throw new PackageError(
      `Source format "${asked}" of entity ${label} is not set up; use ${SOURCE_FORMATS.join(', ')}.`,
    );
  }
  const target = childText(entry, 'TargetEntity');
  if (target !== '' && target.toUpperCase() !== format.targetEntity.toUpperCase()) {
    throw new PackageError(`Target entity ${target} is not that of ${label}, ${format.targetEntity}.`);
  }
  const map = new Map<string, string>();
  for (const field of children(child(entry, 'EntityMapList'), 'EntityMap')) {
    const staging = childText(field, 'EntityField');
    if (!format.columns.has(staging))
      throw new PackageError(`Field ${staging} does not exist in entity ${label}.`);
    const source = childText(field, 'XMLField');
    if (map.has(source) || [...map.values()].includes(staging)) {
      throw new PackageError(`Field ${staging} of entity ${label} is mapped twice.`);
    }
    map.set(source, staging);
  }
  if (map.size === 0) throw new PackageError(`Entity ${label} has no EntityMapList.`);
  return { format, sourceFormat, fileName, file, map };
}
