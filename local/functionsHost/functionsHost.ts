/**
 * Runs an unmodified Azure Functions v4 Node app on this machine: loads it as the Node worker does and drives it
 * through `@azure/functions-core` and the library's own streaming proxy. One host per process is what it is made for.
 */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { applySettings, isDisabled, readLocalSettings } from './appSettings.ts';
import { readTrigger } from './bindings.ts';
import type { Trigger } from './bindings.ts';
import { CoreModule } from './coreModule.ts';
import type { RegisteredFunction } from './coreModule.ts';
import { provideCoreModule } from './coreModuleHook.ts';
import { consoleLog, describeError } from './hostLog.ts';
import type { HostLog } from './hostLog.ts';
import { readHostJson } from './hostJson.ts';
import type { HostJson } from './hostJson.ts';
import { startHttpFront } from './httpFront.ts';
import { Invoker } from './invoker.ts';
import { loadApp } from './loadApp.ts';
import { RouteTable } from './routeTable.ts';
import { serviceBusConnection } from './serviceBusConnection.ts';
import { ServiceBusTrigger } from './serviceBusTrigger.ts';
import { startStreamingProxy, streamingIsOff } from './streamingProxy.ts';
import { TimerTrigger } from './timerTrigger.ts';

export interface FunctionsHostOptions {
  /** The folder of the app's package.json and host.json. */
  readonly appRoot: string;
  /** Port on 127.0.0.1. Default 0: any free one. */
  readonly port?: number;
  /** App settings; they go before those of the process and of local.settings.json. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: standard output, at host.json's `logging.logLevel.default`. */
  readonly log?: HostLog;
  /** How long `close` waits for running invocations, in milliseconds. Default 10,000. */
  readonly closeTimeoutMs?: number;
}

export interface HostedFunction {
  readonly name: string;
  readonly type: Trigger['type'];
  readonly disabled: boolean;
  /** With the prefix, without a slash at the start. */
  readonly route?: string;
  /** Upper case; empty for every method. */
  readonly methods?: readonly string[];
  readonly schedule?: string;
  readonly queueName?: string;
}

export interface FunctionsHost {
  /** E.g. `http://127.0.0.1:7071`. */
  readonly url: string;
  readonly functions: readonly HostedFunction[];
  /** Stops taking work, waits for what runs, runs the app's terminate hooks, closes. Idempotent. */
  close(): Promise<void>;
}

interface Loaded {
  readonly fn: RegisteredFunction;
  readonly trigger: Trigger;
  readonly disabled: boolean;
}

function describe({ fn, trigger, disabled }: Loaded, routes: RouteTable): HostedFunction {
  const { name } = fn.metadata;
  const about = { name, type: trigger.type, disabled };
  switch (trigger.type) {
    case 'httpTrigger': {
      const route = routes.routes.find((candidate) => candidate.functionName === name);
      return route ? { ...about, route: route.template.text, methods: route.methods } : about;
    }
    case 'timerTrigger':
      return { ...about, schedule: trigger.schedule.expression };
    case 'serviceBusTrigger':
      return { ...about, queueName: trigger.queueName };
  }
}

/** @throws AppError when the app cannot be started; the message says what is wrong where */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const appRoot = path.resolve(options.appRoot);
  const hostJson = readHostJson(appRoot);
  const undo: (() => unknown)[] = [];
  // In the reverse order of what was built up, as far as it came.
  const tearDown = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  undo.push(applySettings(process.env, options.env ?? {}, readLocalSettings(appRoot)));
  try {
    return await build(appRoot, hostJson, options, undo, tearDown);
  } catch (error) {
    await tearDown();
    throw error;
  }
}

async function build(
  appRoot: string,
  hostJson: HostJson,
  options: FunctionsHostOptions,
  undo: (() => unknown)[],
  tearDown: () => Promise<void>,
): Promise<FunctionsHost> {
  const log = options.log ?? consoleLog(hostJson.logLevel);
  const core = new CoreModule(log);
  undo.push(provideCoreModule(core.exports));
  await loadApp(appRoot);
  const appHook = { hookData: core.appLevelHookData, appHookData: core.appHookData };
  await core.runHooks('appStart', { ...appHook, functionAppDirectory: appRoot });
  core.lockRegistration();

  const loaded: Loaded[] = [...core.functions.values()].map((fn) => ({
    fn,
    trigger: readTrigger(fn, process.env),
    disabled: isDisabled(fn.metadata.name, process.env),
  }));
  const httpFunctions = loaded.filter(({ trigger }) => trigger.type === 'httpTrigger');
  const routes = new RouteTable(
    httpFunctions.map(({ fn }) => fn.metadata),
    hostJson.routePrefix,
  );
  const invoker = new Invoker(core, hostJson.functionTimeoutMs);
  const proxy = core.programmingModel ? await startStreamingProxy(core.programmingModel) : undefined;
  if (httpFunctions.length > 0 && !proxy) throw streamingIsOff();
  undo.push(() => proxy?.close());

  const parts = { invoker, clock: systemClock, log };
  const timers = new Map<string, TimerTrigger>();
  const queues: ServiceBusTrigger[] = [];
  for (const { fn, trigger, disabled } of loaded) {
    const { name } = fn.metadata;
    if (trigger.type === 'timerTrigger')
      timers.set(name.toLowerCase(), new TimerTrigger(fn, trigger.schedule, parts));
    if (trigger.type === 'serviceBusTrigger' && !disabled) {
      const { queueName, binary, autoComplete = hostJson.serviceBus.autoCompleteMessages } = trigger;
      const connect = await serviceBusConnection(trigger.connection, name, process.env);
      const settings = { ...hostJson.serviceBus, queueName, binary, autoComplete };
      queues.push(new ServiceBusTrigger(fn, connect, settings, parts));
    }
  }

  const front = await startHttpFront(
    {
      port: options.port ?? 0,
      proxyOrigin: proxy?.origin,
      httpFunctions: httpFunctions.map(({ fn }) => fn.metadata),
      disabled: loaded.filter(({ disabled }) => disabled).map(({ fn }) => fn.metadata.name),
      routePrefix: hostJson.routePrefix,
      maxConcurrentRequests: hostJson.maxConcurrentRequests,
      maxOutstandingRequests: hostJson.maxOutstandingRequests,
    },
    {
      invoke: async ({ functionName, ...invocation }, signal) => {
        const fn = core.functions.get(functionName.toLowerCase());
        if (!fn) throw new Error(`the app has no function "${functionName}"`);
        const result = await invoker.invoke(fn, { ...invocation, trigger: { http: {} }, signal });
        return result !== null && result !== undefined;
      },
      fire: (name) => {
        const timer = timers.get(name.toLowerCase());
        if (timer) timer.fireNow();
        else return core.functions.has(name.toLowerCase()) ? 'not a timer' : 'unknown';
        return 'fired';
      },
      log,
    },
  );
  undo.push(() => front.close());

  for (const { fn, trigger, disabled } of loaded) {
    const timer = timers.get(fn.metadata.name.toLowerCase());
    if (!timer || disabled || trigger.type !== 'timerTrigger') continue;
    timer.start();
    if (trigger.runOnStartup) timer.fireNow();
  }
  for (const queue of queues) {
    queue.start();
    undo.push(() => queue.disconnect());
  }

  const stop = async (): Promise<void> => {
    for (const timer of timers.values()) timer.stop();
    const ended = Promise.all([front.stop(), ...queues.map((queue) => queue.stop())]).then(() =>
      invoker.idle(),
    );
    const waited = await Promise.race([
      ended,
      delay(options.closeTimeoutMs ?? 10_000, 'too long', { ref: false }),
    ]);
    if (waited === 'too long')
      log.write({
        level: 'warning',
        category: 'system',
        message: 'stopped while functions were still running',
      });
    await front.close();
    await core.runHooks('appTerminate', appHook).catch((error: unknown) => {
      log.write({
        level: 'error',
        category: 'system',
        message: `an appTerminate hook failed: ${describeError(error)}`,
      });
    });
    await tearDown();
  };
  let closing: Promise<void> | undefined;
  return {
    url: front.url,
    functions: loaded.map((one) => describe(one, routes)),
    close: () => (closing ??= stop()),
  };
}
