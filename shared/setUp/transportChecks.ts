/** Whether the way that packages take is there: the recurring data job, or the data project. */
import { DependencyError } from '../runtime/dependencyError.ts';
import type { SupplyChainSettings } from '../settings/environmentSettings.ts';
import { errorText } from '../supplyChain/dynamicsRequests.ts';
import { equals } from '../supplyChain/odata.ts';
import { sameText, text } from '../supplyChain/entityRecords.ts';
import { found, passed } from './check.ts';
import type { Check } from './check.ts';
import type { SupplyChainReader } from './supplyChainReader.ts';

/** A message that no job has. */
const NO_MESSAGE = '00000000-0000-0000-0000-000000000000';
export const PROJECTS = 'DataManagementDefinitionGroups';

/** @throws DependencyError */
export function checkTransport(reader: SupplyChainReader, settings: SupplyChainSettings): Promise<Check[]> {
  return settings.transport === 'recurring'
    ? checkDataJob(reader, settings.activityId ?? '')
    : checkDataProject(reader, settings.dataProject);
}

/**
 * Asks for the status of a message that cannot be, because there is no call that looks up a job alone: whoever misses the
 * message knows the job. Source: the older status call of recurring integrations (GET api/connector/jobstatus).
 */
async function checkDataJob(reader: SupplyChainReader, activityId: string): Promise<Check[]> {
  const subject = `activity ${activityId}`;
  const path = `/api/connector/jobstatus/${encodeURIComponent(activityId)}?jobId=${NO_MESSAGE}`;
  const response = await reader.get(path, 'recurring data job');
  const { status } = response;
  const words = errorText(response);
  const seen = `asked for a message it cannot have: ${status} ${words}`;
  if (status === 403)
    return [
      found(
        'fail',
        'dataJob',
        subject,
        seen,
        'enable the application on the authorization policy of the recurring data job',
      ),
    ];
  if (status === 404 && mentions(words, activityId))
    return [
      found(
        'fail',
        'dataJob',
        subject,
        seen,
        'copy the ID from Data management > Manage scheduled data jobs into supplyChain.activityId; the job must be an import, and enabled',
      ),
    ];
  if (status === 200 || mentions(words, NO_MESSAGE))
    return [passed('dataJob', subject, 'the recurring data job is there, and knows our application')];
  return [
    found(
      'toBeConfirmed',
      'dataJob',
      subject,
      seen,
      'compare the ID with Data management > Manage scheduled data jobs; the first package proves it',
    ),
  ];
}

function mentions(words: string, id: string): boolean {
  return id !== '' && words.toLowerCase().includes(id.toLowerCase());
}

async function checkDataProject(reader: SupplyChainReader, dataProject: string): Promise<Check[]> {
  if (await hasDataProject(reader, dataProject))
    return [passed('dataProject', dataProject, 'the data project is there')];
  return [
    found(
      'warn',
      'dataProject',
      dataProject,
      'there is no data project of this name yet',
      'run "npm run configure", or let the first import create it',
    ),
  ];
}

/** @throws DependencyError also where data projects cannot be read */
export async function hasDataProject(reader: SupplyChainReader, dataProject: string): Promise<boolean> {
  const records = await reader.first({
    entity: PROJECTS,
    select: ['Name'],
    filter: equals('Name', dataProject),
    top: 10,
  });
  if (records === undefined)
    throw new DependencyError(
      'Supply Chain Management',
      `${PROJECTS}: answered 404; data projects cannot be read`,
    );
  return records.some((record) => sameText(text(record, 'Name', PROJECTS), dataProject));
}
