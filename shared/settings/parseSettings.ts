/** From a JSON document to settings: checked for form, completed with the defaults, checked for sense. */
import { completeSettings } from './completeSettings.ts';
import type { SettingsDocument } from './completeSettings.ts';
import type { EnvironmentSettings } from './environmentSettings.ts';
import { schemaProblems } from './schemaProblems.ts';
import { settingsProblems } from './settingsChecks.ts';
import type { SettingsProblem } from './settingsProblem.ts';

export type ParsedSettings =
  | { readonly settings: EnvironmentSettings; readonly problems?: never }
  | { readonly settings?: never; readonly problems: readonly SettingsProblem[] };

/** Reads one environment's settings, as JSON.parse gave them. Says everything that is wrong, not only the first. */
export function parseSettings(document: unknown): ParsedSettings {
  const formProblems = schemaProblems(document);
  if (formProblems.length > 0) return { problems: formProblems };
  const settings = completeSettings(document as SettingsDocument);
  const problems = settingsProblems(settings);
  return problems.length > 0 ? { problems } : { settings };
}

/** A settings document that cannot be taken. */
export class InvalidSettingsError extends Error {
  readonly problems: readonly SettingsProblem[];
  constructor(origin: string, problems: readonly SettingsProblem[]) {
    super([`${origin}:`, ...problems.map((problem) => `- ${problem.message}`)].join('\n'));
    this.name = 'InvalidSettingsError';
    this.problems = problems;
  }
}

/**
 * Reads a settings file: the document of one environment, or a list of documents.
 * @param origin what to call the file in an error
 * @throws InvalidSettingsError
 */
export function parseSettingsFile(origin: string, content: unknown): EnvironmentSettings[] {
  const documents: readonly unknown[] = Array.isArray(content) ? content : [content];
  return documents.map((document, index) => {
    const { settings, problems } = parseSettings(document);
    if (settings !== undefined) return settings;
    throw new InvalidSettingsError(Array.isArray(content) ? `${origin} [${index}]` : origin, problems);
  });
}
