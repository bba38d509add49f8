/** One data file of a package, before it is written. */

/** The two entities a journal travels in. Data management knows an entity by its label, not by its OData name. */
export const HEADER_ENTITY = 'Inventory service adjustment journal headers';
export const LINE_ENTITY = 'Inventory service adjustment journal entries';

export interface DataFile {
  /** Label of the entity. */
  readonly entity: string;
  /** Name within the package. */
  readonly name: string;
  /** Staging columns, upper case, in the order of the rows' values. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
