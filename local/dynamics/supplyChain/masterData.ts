/** Master data of every legal entity: what journals name. Nothing but reading over OData knows of it. */
export interface MasterData {
  /** Item numbers of released products. */
  readonly items: readonly string[];
  readonly sites: readonly string[];
  readonly warehouses: readonly { readonly warehouseId: string; readonly siteId: string }[];
}
