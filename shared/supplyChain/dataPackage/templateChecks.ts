/** Whether a template package fits what is going to be sent: a column that is not mapped both ways imports nothing. */
import { columnNames } from './dataFiles.ts';
import type { PackageEntity, PackageFormat, SourceFormat } from './packageFormat.ts';
import type { TemplateEntity, TemplatePackage } from './templatePackage.ts';

/**
 * What is wrong, each completing the sentence "the template package …".
 * @param dimensionColumns staging columns that the settings map dimensions to
 */
export function templateFaults(
  template: TemplatePackage,
  format: PackageFormat,
  dimensionColumns: readonly string[],
): string[] {
  const { headers, lines } = columnNames(format);
  return [
    ...(format.headers ? entityFaults(template, format.sourceFormat, format.headers, headers) : []),
    ...entityFaults(template, format.sourceFormat, format.lines, [...lines, ...dimensionColumns]),
  ];
}

function entityFaults(
  template: TemplatePackage,
  sourceFormat: SourceFormat,
  { label }: PackageEntity,
  columns: readonly string[],
): string[] {
  const entity = templateEntityOf(template, label);
  if (entity === undefined) {
    const labels = template.entities.map((each) => `"${each.label}"`).join(', ') || 'none';
    return [
      `has no entity "${label}" (it has: ${labels}); add it to the project and export it again, or set its label in supplyChain.dataPackage`,
    ];
  }
  const format = knownSourceFormat(entity.sourceFormat);
  if (format === undefined || format !== sourceFormat)
    return [
      `has the source format "${entity.sourceFormat}" for "${label}"; choose the same one of ${SOURCE_FORMATS.join(', ')} for all entities in the project and export it again`,
    ];
  return columns.flatMap((column) => {
    if (!entity.columns.get(column))
      return [`does not map ${column} of "${label}"; map it in the project and export it again`];
    return entity.generated.has(column)
      ? [
          `lets SCM generate ${column} of "${label}", which is sent; turn "Auto-generated" off and export it again`,
        ]
      : [];
  });
}

/** The template's entity of a label. */
export function templateEntityOf(template: TemplatePackage, label: string): TemplateEntity | undefined {
  return template.entities.find((entity) => entity.label.toLowerCase() === label.toLowerCase());
}

const SOURCE_FORMATS: readonly SourceFormat[] = ['CSV-Unicode', 'XML-Element', 'XML-Attribute'];

/** The format of that name; undefined when it is none that is written here. */
export function knownSourceFormat(name: string | undefined): SourceFormat | undefined {
  return SOURCE_FORMATS.find((known) => known === name);
}
