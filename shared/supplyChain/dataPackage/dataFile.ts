/** One data file of a package, before it is written. */
import type { PackageEntity } from './packageFormat.ts';

export interface DataFile {
  readonly entity: PackageEntity;
  /** Name within the package. */
  readonly name: string;
  /** Staging columns, upper case, in the order of the rows' values. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
