/**
 * `GET /data/$metadata`: the entities, enumerations and actions there are, as CSDL. Source: odata.md; OData 4.0
 * Part 3 (Common Schema Definition Language) for the form.
 */
import { ACTIONS } from '../dataManagementActions.ts';
import { ENTITY_SETS } from './entitySets.ts';
import { ENUMS } from './entitySet.ts';
import type { EntitySet, PropertyType } from './entitySet.ts';

const NAMESPACE = 'Microsoft.Dynamics.DataEntities';

/** @param withoutEntitySets those that this environment does not have */
export function metadataXml(withoutEntitySets: readonly string[]): string {
  const sets = ENTITY_SETS.filter(({ name }) => !withoutEntitySets.includes(name));
  const enums = Object.entries(ENUMS).map(
    ([name, members]) =>
      `<EnumType Name="${name}">${members
        .map((member, value) => `<Member Name="${member}" Value="${value}"/>`)
        .join('')}</EnumType>`,
  );
  const actions = ACTIONS.map(
    (name) =>
      `<Action Name="${name}" IsBound="true"><Parameter Name="DataManagementDefinitionGroup" Type="Collection(${NAMESPACE}.DataManagementDefinitionGroup)"/></Action>`,
  );
  const container = sets.map(
    ({ name, type }) => `<EntitySet Name="${name}" EntityType="${NAMESPACE}.${type}"/>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="${NAMESPACE}" xmlns="http://docs.oasis-open.org/odata/ns/edm">${sets
    .map(entityType)
    .join('')}${enums.join('')}${actions.join('')}<EntityContainer Name="Resources">${container.join(
    '',
  )}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`;
}

function entityType({ type, key, properties }: EntitySet): string {
  const keys = key.map((name) => `<PropertyRef Name="${name}"/>`).join('');
  const all = Object.entries(properties).map(([name, propertyType]) => {
    const nullable = key.includes(name) ? ' Nullable="false"' : '';
    return `<Property Name="${name}" Type="${edmType(propertyType)}"${nullable}/>`;
  });
  return `<EntityType Name="${type}"><Key>${keys}</Key>${all.join('')}</EntityType>`;
}

function edmType(type: PropertyType): string {
  if (typeof type === 'object') return `${NAMESPACE}.${type.enum}`;
  switch (type) {
    case 'string':
      return 'Edm.String';
    case 'decimal':
      return 'Edm.Decimal';
    case 'int':
      return 'Edm.Int32';
    case 'dateTime':
      return 'Edm.DateTimeOffset';
  }
}
