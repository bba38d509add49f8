/** Brings a data file to staging, by its source format. */
import { readCsvFile } from './csvFile.ts';
import type { StagingRow } from './dataFileError.ts';
import type { PackageEntity } from './dataPackage.ts';
import { readXmlFile } from './xmlFile.ts';

/** @throws DataFileError */
export function readDataFile(entity: PackageEntity): StagingRow[] {
  return entity.sourceFormat === 'CSV-Unicode' ? readCsvFile(entity) : readXmlFile(entity);
}
