/**
 * Manifest.xml after a template: the template's own, with one entity entry per data file, each with the entity's own
 * options and the maps of just the columns the file has.
 */
import { needsQuotes } from './csvUnicode.ts';
import type { DataFile } from './dataFile.ts';
import { templateEntityOf } from './templateChecks.ts';
import type { TemplateEntity, TemplatePackage } from './templatePackage.ts';
import { textOf, withTexts, xmlDocument } from './xmlTree.ts';
import type { XmlElement } from './xmlTree.ts';

/** @throws RangeError when the template does not fit the files */
export function templateManifest(template: TemplatePackage, files: readonly DataFile[]): string {
  const sequences = new Map<string, number>();
  const entries = files.map((file) => {
    const entity = fitting(template, file);
    const before = sequences.get(entity.label) ?? 0;
    sequences.set(entity.label, before + 1);
    return entry(entity, file, before);
  });
  const children = template.manifest.children.map((child) =>
    child.name === 'PackageEntityList' ? { ...child, children: entries } : child,
  );
  return xmlDocument({ ...template.manifest, children });
}

/** The columns of a data file as the template names them. @throws RangeError when it does not map one */
export function templateColumns(template: TemplatePackage, file: DataFile): string[] {
  const { columns } = fitting(template, file);
  return file.columns.map((column) => columns.get(column) ?? column);
}

function fitting(template: TemplatePackage, { entity: { label }, columns }: DataFile): TemplateEntity {
  const entity = templateEntityOf(template, label);
  if (entity === undefined) throw new RangeError(`the template package has no entity "${label}"`);
  for (const column of columns)
    if (!entity.columns.get(column))
      throw new RangeError(
        `the template package does not map ${column} of "${label}"; map it in the project and export it again`,
      );
  return entity;
}

/** `before`: how many files the entity has before this one. */
function entry({ element }: TemplateEntity, file: DataFile, before: number): XmlElement {
  const sequence = Number(textOf(element, 'SequenceInLevel'));
  const named = withTexts(element, {
    InputFilePath: file.name,
    SampleFilePath: '',
    ...(before === 0
      ? {}
      : { SequenceInLevel: String((Number.isInteger(sequence) ? sequence : 1) + before) }),
  });
  const children = named.children.map((child) =>
    child.name === 'EntityMapList' ? { ...child, children: mapsOf(child.children, file) } : child,
  );
  return { ...named, children };
}

/** The maps of the file's columns. A text qualifier is announced where one is needed. */
function mapsOf(maps: readonly XmlElement[], { columns, rows }: DataFile): XmlElement[] {
  return maps.flatMap((map) => {
    const index = columns.indexOf(textOf(map, 'EntityField').toUpperCase());
    if (index < 0) return [];
    return rows.some((row) => needsQuotes(row[index] ?? ''))
      ? [withTexts(map, { UseTextQualifier: 'true' })]
      : [map];
  });
}
