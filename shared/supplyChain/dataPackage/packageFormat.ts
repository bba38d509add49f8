/** How the data packages of an environment are written: which entities, which columns, which kind of file. */
import type { EntityProfile, SupplyChainSettings } from '../../settings/environmentSettings.ts';
import type { DataFile } from './dataFile.ts';
import { knownSourceFormat, templateEntityOf } from './templateChecks.ts';
import { readTemplatePackage } from './templatePackage.ts';
import type { TemplatePackage } from './templatePackage.ts';

/** An entity of data management, which knows it by its label, not by its OData name. */
export interface PackageEntity {
  readonly label: string;
  /** Name of the element of one row in XML data. */
  readonly rowElement: string;
}

export type SourceFormat = SupplyChainSettings['dataPackage']['sourceFormat'];

export interface PackageFormat {
  readonly profile: EntityProfile;
  /** Absent: the profile's headers are not part of the package. */
  readonly headers: PackageEntity | undefined;
  readonly lines: PackageEntity;
  readonly sourceFormat: SourceFormat;
  /** Whose manifest and package header are used in place of our own. */
  readonly template?: TemplatePackage;
  /** Staging columns of the offset on every line. */
  readonly offsetColumns: { readonly dataSource: string; readonly physicalMeasure: string };
  /** Members of the enumeration of the expected status. */
  readonly expectedStatus: Readonly<Record<'Created' | 'Posted', string>>;
}

/**
 * Entities by profile. Labels are those of the public documentation, as far as it names them, and element names are
 * the target entity's in capitals, as in exported XML data; both can be set.
 */
const ENTITIES: Readonly<
  Record<EntityProfile, { readonly headers?: PackageEntity; readonly lines: PackageEntity }>
> = {
  service: {
    headers: {
      label: 'Inventory service adjustment journal headers',
      rowElement: 'INVENTINVENTORYSERVICEADJUSTMENTJOURNALHEADERENTITY',
    },
    lines: {
      label: 'Inventory service adjustment journal entries',
      rowElement: 'INVENTINVENTORYSERVICEADJUSTMENTJOURNALENTRYENTITY',
    },
  },
  'generic-v2': {
    lines: {
      label: 'Inventory adjustment journal headers and lines V2',
      rowElement: 'INVENTINVENTORYADJUSTMENTJOURNALENTRYV2ENTITY',
    },
  },
};

/**
 * The format that the settings ask for. With a template package, its source format counts, and row elements are named
 * after its target entities. @throws RangeError when there is a template package that cannot be read
 */
export function packageFormat({
  entityProfile,
  dataPackage,
}: Pick<SupplyChainSettings, 'entityProfile' | 'dataPackage'>): PackageFormat {
  const { headers, lines } = ENTITIES[entityProfile];
  const { headerLabel, headerElement, lineLabel, lineElement } = dataPackage;
  const template = dataPackage.template === undefined ? undefined : readTemplatePackage(dataPackage.template);
  const entity = (known: PackageEntity, label = known.label, rowElement?: string): PackageEntity => {
    const target = template && templateEntityOf(template, label)?.targetEntity.toUpperCase();
    return { label, rowElement: rowElement ?? (target || known.rowElement) };
  };
  const lineEntity = entity(lines, lineLabel, lineElement);
  return {
    profile: entityProfile,
    headers: headers && entity(headers, headerLabel, headerElement),
    lines: lineEntity,
    sourceFormat:
      knownSourceFormat(template && templateEntityOf(template, lineEntity.label)?.sourceFormat) ??
      dataPackage.sourceFormat,
    ...(template ? { template } : {}),
    offsetColumns: {
      dataSource: dataPackage.offsetDataSourceColumn,
      physicalMeasure: dataPackage.offsetPhysicalMeasureColumn,
    },
    expectedStatus: {
      Created: dataPackage.expectedStatusCreated,
      Posted: dataPackage.expectedStatusPosted,
    },
  };
}

/** Whether a file holds headers. */
export function isHeaderFile(format: PackageFormat, { entity }: DataFile): boolean {
  return entity === format.headers;
}
