/** Records of the entities of finance and operations: read for one company, fields checked as they are taken. */
import type { AnswerRecord } from '../dynamics/answerJson.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { DynamicsRequests } from './dynamicsRequests.ts';
import { equals, readAllPages } from './odata.ts';

const DEPENDENCY = 'Supply Chain Management';

/** Records of one company. @throws DependencyError also when the environment does not know the entity */
export async function readEntity(
  requests: DynamicsRequests,
  token: AccessToken,
  company: string,
  entity: string,
  fields: readonly string[],
  filter: string,
): Promise<AnswerRecord[]> {
  const records = await readAllPages(requests, token, {
    entity,
    select: ['dataAreaId', ...fields],
    filter: `${equals('dataAreaId', company)} and ${filter}`,
  });
  if (!records) {
    throw new DependencyError(
      DEPENDENCY,
      `${entity}: answered 404; check the url of the settings, and that the feature "Inventory Visibility transaction integration" is on`,
    );
  }
  return records.filter((record) => sameText(text(record, 'dataAreaId', entity), company));
}

export function text(record: AnswerRecord, field: string, entity: string): string {
  const value = record[field];
  if (typeof value === 'string') return value;
  throw unreadable(entity, field);
}

export function yesOrNo(record: AnswerRecord, field: string, entity: string): boolean {
  const value = record[field];
  if (typeof value === 'boolean') return value;
  const answer = typeof value === 'string' ? value.toLowerCase() : '';
  if (answer === 'yes' || answer === 'no') return answer === 'yes';
  throw unreadable(entity, field);
}

export function given<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> {
  return typeof value === 'string' && value !== '' ? ({ [name]: value } as Record<Name, string>) : {};
}

/** SCM compares codes without regard to case. */
export function sameText(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

export function unreadable(entity: string, field: string): DependencyError {
  return new DependencyError(DEPENDENCY, `${entity}: a record of the answer has no readable ${field}`);
}
