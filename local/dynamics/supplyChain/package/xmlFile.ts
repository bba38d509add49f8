/**
 * Reads one data file of source format XML-Element or XML-Attribute: root `Document`, one element per row named after
 * the staging entity in upper case (as exports have it; the names for these entities are assumptions), its columns as
 * elements or attributes. Control characters are refused (DMF2055), and what the map does not name.
 */
import { DataFileError } from './dataFileError.ts';
import type { StagingRow } from './dataFileError.ts';
import type { PackageEntity } from './dataPackage.ts';
import { decodeText, parseXml } from './packageXml.ts';
import type { XmlElement } from './packageXml.ts';

/** @throws DataFileError */
export function readXmlFile(entity: PackageEntity): StagingRow[] {
  const { file, fileName, format } = entity;
  let root: XmlElement;
  try {
    root = parseXml(decodeText(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataFileError(
      `XML is not in correct format and thus 0 records are inserted. File ${fileName}: ${reason}`,
    );
  }
  if (root.name !== 'Document') {
    throw new DataFileError(`The root element of file ${fileName} is ${root.name}, not Document.`);
  }
  const rowName = format.targetEntity.toUpperCase();
  return root.children.map((row) => {
    if (row.name !== rowName) {
      throw new DataFileError(
        `Element ${row.name} of file ${fileName} is no row of ${format.label}: ${rowName}.`,
      );
    }
    return stagingRow(row, entity);
  });
}

/** A mapped column that a row does not have is blank, which a number column takes as zero. */
function stagingRow(row: XmlElement, { map, fileName, format, sourceFormat }: PackageEntity): StagingRow {
  const values = new Map<string, string>([...map.values()].map((column) => [column, '']));
  const fields =
    sourceFormat === 'XML-Element'
      ? row.children.map(({ name, text }) => [name, text] as const)
      : [...row.attributes];
  const seen = new Set<string>();
  for (const [name, value] of fields) {
    const column = map.get(name);
    if (column === undefined) {
      throw new DataFileError(
        `The mapping is incorrect for entity ${format.label}: ${name} in file ${fileName} is not mapped.`,
      );
    }
    if (seen.has(name)) throw new DataFileError(`A row of file ${fileName} has ${name} twice.`);
    seen.add(name);
    values.set(column, value);
  }
  return values;
}
