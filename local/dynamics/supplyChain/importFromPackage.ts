/**
 * ImportFromPackage and ImportFromPackageAsync. Source: data-management-api.md (parameters; "must not be called in
 * parallel threads"), dm-error-descriptions.md (DMF2025: parallel imports of one project), issues 54 and 75 of
 * microsoft/Recurring-Integrations-Scheduler (overwrite).
 */
import { randomUUID } from 'node:crypto';
import type { SharedAccess } from '../blob/sharedAccess.ts';
import { Refusal } from '../http/exchange.ts';
import type { Erp, ErpChange } from './erp.ts';
import { readDataFile } from './package/dataFile.ts';
import { DataFileError } from './package/dataFileError.ts';
import { openDataPackage, PackageError } from './package/dataPackage.ts';
import type { ActionParameters } from './actionParameters.ts';

export interface ImportFromPackageRules {
  readonly companies: readonly string[];
  /** Framework parameters > Compatibility options > Enhanced parallel package import. */
  readonly enhancedParallelPackageImport: boolean;
}

const MAX_EXECUTION_ID = 90;

/**
 * Takes a package over; the batch does the rest. The synchronous form has opened the package by then, so a package
 * that cannot be opened is refused at once; the asynchronous one fails later.
 * @throws Refusal 400 or 500
 */
export function acceptPackage(
  name: 'ImportFromPackage' | 'ImportFromPackageAsync',
  parameters: ActionParameters,
  erp: Erp,
  access: SharedAccess,
  rules: ImportFromPackageRules,
  now: number,
): { readonly executionId: string; readonly change: ErpChange } {
  const definitionGroup = parameters.text('definitionGroupId');
  const packageUrl = parameters.text('packageUrl');
  const execute = parameters.yesNo('execute');
  const overwrite = parameters.yesNo('overwrite');
  const company = companyOf(parameters.text('legalEntityId'), rules);
  const executionId = parameters.optionalText('executionId') ?? generatedId(definitionGroup, now);
  if (executionId.length > MAX_EXECUTION_ID) {
    throw new Refusal(400, `executionId "${executionId}" is longer than ${MAX_EXECUTION_ID} characters.`);
  }
  const blob = erp.blobs.get(access.fileOf(packageUrl, 'r'));
  if (!blob) throw new Refusal(500, 'The specified blob does not exist: upload the package first.');
  if (erp.projects.has(definitionGroup.toUpperCase()) && !overwrite) {
    throw new Refusal(
      500,
      `The data project '${definitionGroup}' exists and overwrite has not been specified.`,
    );
  }
  if (erp.packageImports.has(executionId.toLowerCase()) || erp.execution(executionId)) {
    throw new Refusal(
      500,
      `Cannot create a record in Data management execution (DMFDefinitionGroupExecution). Job ID: ${executionId}. The record already exists.`,
    );
  }
  if (!rules.enhancedParallelPackageImport) refuseParallel(definitionGroup, erp);
  if (name === 'ImportFromPackage') refuseUnreadable(Buffer.from(blob.content, 'base64'));
  return {
    executionId,
    change: {
      projects: [definitionGroup],
      removedBlobs: [blob.name],
      packageImports: [
        { executionId, company, definitionGroup, acceptedAt: now, execute, zip: blob.content },
      ],
      ...(name === 'ImportFromPackage'
        ? {
            executions: [
              {
                executionId,
                company,
                status: 'NotRun',
                startedAt: now,
                definitionGroup,
                entities: [],
                errors: [],
              },
            ],
          }
        : {}),
    },
  };
}

function companyOf(legalEntityId: string, { companies }: ImportFromPackageRules): string {
  const company = companies.find((known) => known.toUpperCase() === legalEntityId.toUpperCase());
  if (company !== undefined) return company;
  throw new Refusal(400, `Legal entity ${legalEntityId} does not exist; known are ${companies.join(', ')}.`);
}

function refuseParallel(definitionGroup: string, erp: Erp): void {
  for (const other of erp.packageImports.values()) {
    if (other.zip === undefined) continue;
    if (other.definitionGroup.toUpperCase() !== definitionGroup.toUpperCase()) continue;
    throw new Refusal(
      500,
      `Cannot edit a record in Data project (DMFDefinitionGroupEntity): project ${definitionGroup} is being imported by ${other.executionId}.`,
    );
  }
}

function refuseUnreadable(zip: Uint8Array): void {
  try {
    for (const entity of openDataPackage(zip).entities) readDataFile(entity);
  } catch (error) {
    // A data file that cannot be staged is told by the execution.
    if (error instanceof DataFileError) return;
    if (error instanceof PackageError) throw new Refusal(400, error.message);
    throw error;
  }
}

/** As the service makes one by itself. */
function generatedId(definitionGroup: string, now: number): string {
  const time = new Date(now).toISOString().slice(0, 19);
  return `${definitionGroup}-${time}-${randomUUID().replaceAll('-', '').toUpperCase()}`;
}
