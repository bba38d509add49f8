/**
 * The `@azure/functions-core` module of one app: what the library calls to register functions and hooks, and what
 * the host reads back. Behaviour after the Node worker's own (setupCoreModule, registerFunction, registerHook).
 */
import type { HostLog } from './hostLog.ts';
import { hookNames } from './coreTypes.ts';
import type {
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  HookName,
  LogCategory,
  LogLevel,
  ProgrammingModel,
} from './coreTypes.ts';

/** The worker and host releases this module behaves like; the library reads them to decide what it may use. */
const workerVersion = '3.12.0';
const hostVersion = '4.1040.0';

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

/** What the library checks for to tell a misuse of the platform from a fault of the app. */
class FunctionsSystemError extends Error {
  readonly isAzureFunctionsSystemError = true;
}
class FunctionsSystemRangeError extends RangeError {
  readonly isAzureFunctionsSystemError = true;
}

/** Runs its function when disposed, once. */
class Disposable {
  #onDispose: (() => unknown) | undefined;
  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }
  constructor(onDispose: () => unknown) {
    this.#onDispose = onDispose;
  }
  dispose(): unknown {
    const onDispose = this.#onDispose;
    this.#onDispose = undefined;
    return onDispose?.();
  }
}

/** What an app has registered so far, and the object its `require('@azure/functions-core')` answers. */
export class CoreModule {
  readonly functions = new Map<string, RegisteredFunction>();
  /** Shared by every invocation hook of the app. */
  readonly appHookData: Record<string, unknown> = {};
  /** Given to hooks that belong to no invocation. */
  readonly appLevelHookData: Record<string, unknown> = {};
  readonly exports: object;
  #model: ProgrammingModel | undefined;
  #locked = false;
  readonly #log: HostLog;
  readonly #hooks: Record<HookName, HookCallback[]> = {
    preInvocation: [],
    postInvocation: [],
    appStart: [],
    appTerminate: [],
    log: [],
  };

  constructor(log: HostLog) {
    this.#log = log;
    this.exports = {
      version: workerVersion,
      hostVersion,
      Disposable,
      registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) =>
        this.#registerFunction(metadata, callback),
      registerHook: (name: string, callback: HookCallback) => this.#registerHook(name, callback),
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      log: (level: LogLevel, category: LogCategory, message: string) => {
        // What the library has to inform about is its own plumbing.
        const plumbing = category === 'system' && level === 'information';
        this.log(plumbing ? 'debug' : level, category, message);
      },
    };
  }

  /** The library's model; undefined when the app has registered nothing. */
  get programmingModel(): ProgrammingModel | undefined {
    return this.#model;
  }

  /** After this a registration throws, as it does once the real worker has listed the functions. */
  lockRegistration(): void {
    this.#locked = true;
  }

  /** Runs the hooks of one name in the order of their registration, each awaited. @throws what a hook throws */
  async runHooks(name: Exclude<HookName, 'log'>, context: object): Promise<void> {
    for (const hook of this.#hooks[name]) await hook(context);
  }

  /** Logs through the app's `log` hooks, which may change the level and message of the app's own entries. */
  log(
    level: LogLevel,
    category: LogCategory,
    message: string,
    functionName?: string,
    context?: unknown,
  ): void {
    const entry = {
      level,
      message,
      category,
      invocationContext: context,
      hookData: this.appLevelHookData,
      appHookData: this.appHookData,
    };
    for (const hook of this.#hooks.log) {
      try {
        void hook(entry);
      } catch {
        // A log hook that fails must not take the invocation with it; the worker swallows it as well.
      }
    }
    const shown = category === 'user' ? { level: entry.level, message: entry.message } : { level, message };
    this.#log.write({ ...shown, category, ...(functionName === undefined ? {} : { functionName }) });
  }

  #registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    const { name } = metadata;
    if (this.#locked)
      throw new FunctionsSystemError(
        `function "${name}" was registered after the app had started; register functions while the app loads`,
      );
    if (!/^[a-z][a-z0-9_-]{0,127}$/i.test(name) || name.toLowerCase() === 'host')
      throw new FunctionsSystemError(
        `"${name}" is not a function name; use a letter, then up to 127 letters, digits, "_" or "-", and not "host"`,
      );
    const id = (metadata.functionId ?? name).toLowerCase();
    if (this.functions.has(id))
      throw new FunctionsSystemError(
        `function "${name}" is registered twice; names differ in more than case`,
      );
    this.functions.set(id, { metadata, callback });
    return new Disposable(() => {
      if (this.#locked) throw new FunctionsSystemError(`function "${name}" cannot be removed after startup`);
      this.functions.delete(id);
    });
  }

  #registerHook(name: string, callback: HookCallback): Disposable {
    const known = hookNames.find((candidate) => candidate === name);
    if (known === undefined)
      throw new FunctionsSystemRangeError(`"${name}" is not a hook; use one of ${hookNames.join(', ')}`);
    const hooks = this.#hooks[known];
    hooks.push(callback);
    return new Disposable(() => {
      const index = hooks.indexOf(callback);
      if (index >= 0) hooks.splice(index, 1);
    });
  }
}
