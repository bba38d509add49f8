/** The data package of some journals, as the bytes of a zip file. */
import { zipSync } from 'fflate';
import type { Zippable } from 'fflate';
import type { DataPackageContent } from '../supplyChain.ts';
import { csvUnicode } from './csvUnicode.ts';
import { dataFiles } from './dataFiles.ts';
import { manifestXml } from './manifestXml.ts';
import { packageHeaderXml } from './packageHeaderXml.ts';
import type { DataFile } from './dataFile.ts';
import type { PackageFormat } from './packageFormat.ts';
import { templateColumns, templateManifest } from './templateManifest.ts';
import { xmlData } from './xmlData.ts';

/**
 * The same content gives the same bytes, so that a repeated submission is the same submission and its hash tells.
 *
 * @throws RangeError when the content cannot be written: a name with control characters, a dimension that is mapped to
 * a column of another meaning.
 */
export function buildDataPackage(content: DataPackageContent, format: PackageFormat): Uint8Array {
  const files = dataFiles(content, format);
  const { template } = format;
  const utf8 = new TextEncoder();
  const members: Zippable = {
    'Manifest.xml': utf8.encode(
      template ? templateManifest(template, files) : manifestXml(content.submissionId, files, format),
    ),
    'PackageHeader.xml': template?.packageHeader ?? utf8.encode(packageHeaderXml(content.submissionId)),
  };
  for (const file of files) members[file.name] = written(file, format);
  // A zip file holds local time without a zone, and so does this, at an hour that every zone's calendar has.
  return zipSync(members, { level: 6, mtime: new Date(1980, 0, 1, 12) });
}

function written(file: DataFile, { sourceFormat, template }: PackageFormat): Uint8Array {
  const { entity, rows } = file;
  const columns = template ? templateColumns(template, file) : file.columns;
  return sourceFormat === 'CSV-Unicode'
    ? csvUnicode([columns, ...rows])
    : xmlData(sourceFormat, entity.rowElement, columns, rows);
}
