/** What the caller of the set-up checks may ask for: parameters of the query. */
import { ApiError } from '../http/problem.ts';
import type { SampleLine } from './sampleLine.ts';

export interface SetUpQuestion {
  readonly sample: SampleLine;
  readonly journalNames: readonly string[];
}

const MAX_LENGTH = 60;
const MAX_NAMES = 20;

/**
 * `organizationId`, `itemNumber`, `siteId`, `warehouseId`: one each; `journalName`: as often as needed.
 * @throws ApiError InvalidParameter
 */
export function readSetUpQuestion(query: URLSearchParams): SetUpQuestion {
  const values = (name: string): string[] => query.getAll(name).map((value) => checked(name, value));
  const sample: Record<string, string> = {};
  for (const name of ['organizationId', 'itemNumber', 'siteId', 'warehouseId'] as const) {
    const [value, second] = values(name);
    if (second !== undefined) throw refused(name, `The parameter ${name} stands there twice; give it once.`);
    if (value !== undefined) sample[name] = value;
  }
  const journalNames = values('journalName');
  if (journalNames.length > MAX_NAMES)
    throw refused(
      'journalName',
      `There are ${journalNames.length} journal names; give at most ${MAX_NAMES}.`,
    );
  return { sample, journalNames };
}

function checked(name: string, value: string): string {
  if (value !== '' && value.length <= MAX_LENGTH && !value.includes('*')) return value;
  throw refused(
    name,
    `The parameter ${name} is "${value.slice(0, MAX_LENGTH)}"; it must have 1 to ${MAX_LENGTH} characters and no asterisk.`,
  );
}

function refused(name: string, detail: string): ApiError {
  return new ApiError('InvalidParameter', { detail, target: name });
}
