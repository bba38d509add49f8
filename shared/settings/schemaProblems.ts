/** Checks a settings document against its schema and says what is wrong in terms of the document. */
import { Ajv } from 'ajv';
import type { DefinedError } from 'ajv';
import type { SettingsProblem } from './settingsProblem.ts';
import { problemWith } from './settingsProblem.ts';
import { SETTINGS_SCHEMA } from './settingsSchema.ts';

const validate = new Ajv({ allErrors: true, verbose: true, discriminator: true }).compile(SETTINGS_SCHEMA);

/** Names under which people put secrets. */
const SECRET_NAME = /secret|password|passwd|pwd|token|credential|apikey|connectionstring|sharedaccess/i;

/** The problems of form; one per place. Empty: the document has the schema's form. */
export function schemaProblems(document: unknown): SettingsProblem[] {
  if (validate(document)) return [];
  const problems = new Map<string, SettingsProblem>();
  for (const error of validate.errors ?? []) {
    // What is wrong with a name is said once, by the error that names the object.
    if (error.propertyName !== undefined) continue;
    const problem = problemOf(error as DefinedError);
    if (!problems.has(problem.path)) problems.set(problem.path, problem);
  }
  return [...problems.values()];
}

function problemOf(error: DefinedError): SettingsProblem {
  const place = pathOf(error.instancePath);
  const schema: unknown = error.parentSchema;
  if (error.keyword === 'required') {
    const { missingProperty } = error.params;
    const path = join(place, missingProperty);
    return {
      path,
      message: `${path} is missing; give ${descriptionOf(propertyOf(schema, missingProperty))}`,
    };
  }
  if (error.keyword === 'additionalProperties') {
    return unknownSetting(
      join(place, error.params.additionalProperty),
      error.params.additionalProperty,
      schema,
    );
  }
  if (error.keyword === 'propertyNames') {
    const name = error.params.propertyName;
    const names = descriptionOf((schema as { propertyNames?: unknown }).propertyNames);
    return problemWith(join(place, name), name, `is no possible name; it must be ${names}`);
  }
  const path = place === '' ? 'the document' : place;
  const fault = `must be ${descriptionOf(schema)}`;
  // Whoever puts a secret where it does not belong must not find it in a log.
  if (SECRET_NAME.test(path)) return { path, message: `${path} ${fault}` };
  return problemWith(path, error.data, fault);
}

function unknownSetting(path: string, name: string, schema: unknown): SettingsProblem {
  if (SECRET_NAME.test(name)) {
    return {
      path,
      message: `${path} is not a setting, and secrets are never stored here; put the secret into an app setting and name that in "secretSetting"`,
    };
  }
  const known = Object.keys((schema as { properties?: object }).properties ?? {}).join(', ');
  return { path, message: `${path} is not a setting; known here: ${known}` };
}

/** `/mappings/0/dataSource` → `mappings[0].dataSource`. */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, token) => (/^\d+$/.test(token) ? `${path}[${token}]` : join(path, token)), '');
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function propertyOf(schema: unknown, name: string): unknown {
  return (schema as { properties?: Record<string, unknown> }).properties?.[name];
}

function descriptionOf(schema: unknown): string {
  return (schema as { description?: string } | undefined)?.description ?? 'a value';
}
