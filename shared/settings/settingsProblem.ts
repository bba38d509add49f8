/** What is wrong with one setting, and what to do about it. */
export interface SettingsProblem {
  /** Where it stands, e.g. `mappings[0].physicalMeasure`. */
  readonly path: string;
  /** The offending value as JSON, at most 100 characters; absent when it is missing, an object, or might be a secret. */
  readonly value?: string;
  /** A sentence that names the setting, the value and the remedy. */
  readonly message: string;
}

/** A problem with a value that is there: "path (value) fault"; an object is not shown. */
export function problemWith(path: string, value: unknown, fault: string): SettingsProblem {
  if (typeof value === 'object' && value !== null) return { path, message: `${path} ${fault}` };
  const json = JSON.stringify(value) ?? String(value);
  const shown = json.length > 100 ? `${json.slice(0, 99)}…` : json;
  return { path, value: shown, message: `${path} (${shown}) ${fault}` };
}
