/** App settings: environment variables, filled up from local.settings.json, and the places that refer to them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AppError } from './appError.ts';

export type Environment = Record<string, string | undefined>;

/**
 * The `Values` of the app's local.settings.json, or none when it has no such file.
 * @throws AppError when the file is no JSON or a value is no text
 */
export function readLocalSettings(appRoot: string): Record<string, string> {
  const file = path.join(appRoot, 'local.settings.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  let values: unknown;
  try {
    values = (JSON.parse(text) as { Values?: unknown } | null)?.Values ?? {};
  } catch (error) {
    throw new AppError(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  for (const [name, value] of Object.entries(values as object))
    if (typeof value !== 'string')
      throw new AppError(
        `"${name}" in the Values of ${file} is ${JSON.stringify(value)}; write it as a string`,
      );
  return values as Record<string, string>;
}

/**
 * Puts `explicit` settings into the environment, then those of `defaults` that it has not got yet.
 * @returns a function that restores what was there before
 */
export function applySettings(
  environment: Environment,
  explicit: Readonly<Record<string, string>>,
  defaults: Readonly<Record<string, string>>,
): () => void {
  const before = new Map<string, string | undefined>();
  const set = (name: string, value: string): void => {
    before.set(name, before.has(name) ? before.get(name) : environment[name]);
    environment[name] = value;
  };
  for (const [name, value] of Object.entries(explicit)) set(name, value);
  for (const [name, value] of Object.entries(defaults)) if (environment[name] === undefined) set(name, value);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(environment, name);
      else environment[name] = value;
    }
  };
}

/**
 * Replaces every `%NAME%` by the setting of that name.
 * @param owner what the text belongs to, for the error, e.g. `the schedule of function "syncCache"`
 * @throws AppError when a setting is missing or a `%` is not closed
 */
export function resolveSettingReferences(text: string, owner: string, environment: Environment): string {
  const parts = text.split('%');
  if (parts.length % 2 === 0)
    throw new AppError(`${owner} ("${text}") has a "%" that is not closed; write settings as %NAME%`);
  return parts
    .map((part, index) => {
      if (index % 2 === 0) return part;
      const value = environment[part];
      if (value === undefined)
        throw new AppError(
          `${owner} ("${text}") refers to the setting "${part}", which is not set; set ${part}`,
        );
      return value;
    })
    .join('');
}

/** Whether the setting `AzureWebJobs.<function>.Disabled` switches a function off. */
export function isDisabled(functionName: string, environment: Environment): boolean {
  const value = environment[`AzureWebJobs.${functionName}.Disabled`];
  return value !== undefined && /^(true|1)$/i.test(value.trim());
}
