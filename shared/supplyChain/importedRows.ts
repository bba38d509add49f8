/**
 * How many rows of an entity an execution brought into its target: the second witness, beside the list of errors, of what
 * became of a data package. Source: OData type of DataManagementExecutionJobDetails, one record per execution and entity.
 */
import { isRecord, wholeNumber } from '../dynamics/answerJson.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { DynamicsRequests } from './dynamicsRequests.ts';
import { sameText } from './entityRecords.ts';
import { equals } from './odata.ts';

const DETAILS = 'DataManagementExecutionJobDetails';
const CREATED = 'TargetRecordsCreatedCount';
const UPDATED = 'TargetRecordsUpdatedCount';

/**
 * Rows created and updated together; undefined where SCM does not say.
 *
 * @param label of the entity, as the data package names it
 * @throws DependencyError when SCM cannot be asked
 */
export async function readImportedRows(
  requests: DynamicsRequests,
  token: AccessToken,
  executionId: string,
  label: string,
): Promise<number | undefined> {
  const filter = encodeURIComponent(equals('JobId', executionId));
  const url = `${requests.url}/data/${DETAILS}?cross-company=true&$select=JobId,EntityName,${CREATED},${UPDATED}&$filter=${filter}`;
  const response = await requests.readAnyStatus(token, url, DETAILS);
  // Without the right to read it there is one witness less, which is no reason to follow the import no longer.
  if (response.status !== 200) return undefined;
  const { value: records } = requests.record(response, DETAILS);
  if (!Array.isArray(records) || !records.every(isRecord)) return undefined;
  let rows: number | undefined;
  for (const { JobId, EntityName, [CREATED]: createdCount, [UPDATED]: updatedCount } of records) {
    if (typeof JobId !== 'string' || !sameText(JobId, executionId)) continue;
    if (typeof EntityName !== 'string' || !sameText(EntityName, label)) continue;
    const created = wholeNumber(createdCount);
    const updated = wholeNumber(updatedCount);
    if (created === undefined || updated === undefined) return undefined;
    rows = (rows ?? 0) + created + updated;
  }
  return rows;
}
