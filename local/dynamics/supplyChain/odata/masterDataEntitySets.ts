/**
 * Legal entities, released products, sites and warehouses, to read only. Keys and properties as in the OData types of a
 * real environment.
 */
import type { EntitySet, Row, SetUpData } from './entitySet.ts';

export const MASTER_DATA_ENTITY_SETS: readonly EntitySet[] = [
  {
    name: 'LegalEntities',
    type: 'LegalEntity',
    key: ['LegalEntityId'],
    properties: { LegalEntityId: 'string', Name: 'string' },
    *rows(_erp, _hint, { companies }) {
      for (const company of companies) yield { LegalEntityId: company.toLowerCase(), Name: company };
    },
  },
  {
    name: 'ReleasedProductsV2',
    type: 'ReleasedProductV2',
    key: ['dataAreaId', 'ItemNumber'],
    properties: { dataAreaId: 'string', ItemNumber: 'string' },
    rows: (_erp, _hint, setUp) =>
      ofEveryCompany(setUp, ({ items }) => items.map((ItemNumber) => ({ ItemNumber }))),
  },
  {
    name: 'OperationalSitesV2',
    type: 'OperationalSiteV2',
    key: ['dataAreaId', 'SiteId'],
    properties: { dataAreaId: 'string', SiteId: 'string' },
    rows: (_erp, _hint, setUp) => ofEveryCompany(setUp, ({ sites }) => sites.map((SiteId) => ({ SiteId }))),
  },
  {
    name: 'Warehouses',
    type: 'Warehouse',
    key: ['dataAreaId', 'WarehouseId'],
    properties: { dataAreaId: 'string', WarehouseId: 'string', OperationalSiteId: 'string' },
    rows: (_erp, _hint, setUp) =>
      ofEveryCompany(setUp, ({ warehouses }) =>
        warehouses.map(({ warehouseId, siteId }) => ({
          WarehouseId: warehouseId,
          OperationalSiteId: siteId,
        })),
      ),
  },
];

function* ofEveryCompany(
  { companies, masterData }: SetUpData,
  rowsOf: (masterData: SetUpData['masterData']) => readonly Row[],
): Generator<Row> {
  for (const company of companies) {
    for (const row of rowsOf(masterData)) yield { dataAreaId: company.toLowerCase(), ...row };
  }
}
