/** What an app's registrations ask of the host: each function's trigger, checked and with its settings resolved. */
import { AppError } from './appError.ts';
import { resolveSettingReferences } from './appSettings.ts';
import type { Environment } from './appSettings.ts';
import type { RegisteredFunction } from './coreModule.ts';
import type { FunctionMetadata } from './coreTypes.ts';
import { parseNcrontab } from './ncrontab.ts';
import type { NcrontabSchedule } from './ncrontab.ts';

/** The binding that starts a function, and its name. */
export function triggerOf(metadata: FunctionMetadata): {
  name: string;
  binding: Record<string, unknown>;
} {
  for (const [name, binding] of Object.entries(metadata.bindings))
    if (/trigger$/i.test(binding.type)) return { name, binding };
  return { name: '', binding: {} };
}

export type Trigger =
  | { readonly type: 'httpTrigger' }
  | { readonly type: 'timerTrigger'; readonly schedule: NcrontabSchedule; readonly runOnStartup: boolean }
  | {
      readonly type: 'serviceBusTrigger';
      readonly queueName: string;
      readonly connection: string;
      /** The function's own `autoCompleteMessages`; undefined: that of host.json. */
      readonly autoComplete: boolean | undefined;
      readonly binary: boolean;
    };

function requiredText(binding: Record<string, unknown>, key: string, name: string): string {
  const value = binding[key];
  if (typeof value === 'string' && value !== '') return value;
  throw new AppError(`function "${name}" has the ${key} ${JSON.stringify(value ?? null)}; give it a ${key}`);
}

/** @throws AppError naming the function and what this host cannot serve of it */
export function readTrigger(fn: RegisteredFunction, environment: Environment): Trigger {
  const { name, bindings, retryOptions } = fn.metadata;
  const { name: triggerName, binding } = triggerOf(fn.metadata);
  for (const [key, { type }] of Object.entries(bindings))
    if (key !== triggerName && !(key === '$return' && type === 'http'))
      throw new AppError(
        `function "${name}" has a binding of type "${type}" (${key}); this host serves triggers only, use the service's SDK`,
      );
  if (retryOptions !== undefined)
    throw new AppError(`function "${name}" has a retry policy, which this host does not run; remove "retry"`);
  const type = typeof binding['type'] === 'string' ? binding['type'] : 'none';
  switch (type.toLowerCase()) {
    case 'httptrigger':
      return { type: 'httpTrigger' };
    case 'timertrigger': {
      const owner = `the schedule of function "${name}"`;
      const text = resolveSettingReferences(requiredText(binding, 'schedule', name), owner, environment);
      try {
        return {
          type: 'timerTrigger',
          schedule: parseNcrontab(text),
          runOnStartup: binding['runOnStartup'] === true,
        };
      } catch (error) {
        throw new AppError(`${owner}: ${(error as Error).message}`, { cause: error });
      }
    }
    case 'servicebustrigger': {
      if (binding['isSessionsEnabled'] === true || binding['cardinality'] === 'many')
        throw new AppError(
          `function "${name}" wants sessions or batches; this host hands over single messages of a queue without sessions`,
        );
      const { autoCompleteMessages, dataType } = binding;
      return {
        type: 'serviceBusTrigger',
        queueName: resolveSettingReferences(
          requiredText(binding, 'queueName', name),
          `the queueName of function "${name}"`,
          environment,
        ),
        connection: requiredText(binding, 'connection', name),
        autoComplete: typeof autoCompleteMessages === 'boolean' ? autoCompleteMessages : undefined,
        binary: dataType === 'binary',
      };
    }
    default:
      throw new AppError(
        `function "${name}" has the trigger "${type}"; this host serves httpTrigger, timerTrigger and serviceBusTrigger`,
      );
  }
}
