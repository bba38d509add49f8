/**
 * Runs one invocation through the library's model and the app's hooks, step by step as the Node worker does:
 * arguments, pre-invocation hooks, handler, post-invocation hooks, response.
 */
import { randomUUID } from 'node:crypto';
import { abortable } from './abortable.ts';
import { triggerOf } from './bindings.ts';
import type { CoreModule, RegisteredFunction } from './coreModule.ts';
import type { CoreInvocationContext, FunctionCallback, TypedData } from './coreTypes.ts';

export interface InvocationInput {
  /** Default: a new one. */
  readonly invocationId?: string;
  /** The value of the trigger binding. */
  readonly trigger: TypedData;
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly traceContext?: { readonly traceParent: string; readonly traceState?: string };
  /** Gives up an invocation whose arguments never arrive (an HTTP request that was cut off). It stops no handler. */
  readonly signal?: AbortSignal;
}

export class Invoker {
  readonly #core: CoreModule;
  readonly #timeoutMs: number | undefined;
  readonly #running = new Map<Promise<unknown>, string>();

  /** @param timeoutMs `functionTimeout` of host.json; `undefined` for none */
  constructor(core: CoreModule, timeoutMs: number | undefined) {
    this.#core = core;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether an invocation of this function has not ended, be it one that already counts as timed out. */
  isRunning(functionName: string): boolean {
    return [...this.#running.values()].includes(functionName);
  }

  /** Resolves when every invocation that runs now has ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running.keys());
  }

  /**
   * @returns what the handler (or a post-invocation hook) returned, after the library has delivered it
   * @throws what the handler or a hook threw, or an error when `functionTimeout` is over
   */
  async invoke(fn: RegisteredFunction, input: InvocationInput): Promise<unknown> {
    const running = this.#run(fn, input);
    this.#running.set(running, fn.metadata.name);
    const forget = (): void => {
      this.#running.delete(running);
    };
    running.then(forget, forget);
    if (this.#timeoutMs === undefined) return running;
    let timer: NodeJS.Timeout | undefined;
    const timeoutMs = this.#timeoutMs;
    const expired = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => {
          reject(new Error(`timed out after ${timeoutMs / 1000} s; see functionTimeout in host.json`));
        },
        Math.min(timeoutMs, 2 ** 31 - 1),
      );
    });
    return Promise.race([running, expired]).finally(() => {
      clearTimeout(timer);
    });
  }

  async #run(fn: RegisteredFunction, input: InvocationInput): Promise<unknown> {
    const core = this.#core;
    const { metadata } = fn;
    const invocationId = input.invocationId ?? randomUUID();
    // Filled in as soon as the library has made it: entries of the log from then on carry it.
    const made: { context?: unknown } = {};
    const coreContext: CoreInvocationContext = {
      invocationId,
      metadata,
      request: {
        invocationId,
        functionId: metadata.functionId ?? metadata.name,
        inputData: [{ name: triggerOf(metadata).name, data: input.trigger }],
        triggerMetadata: input.triggerMetadata,
        ...(input.traceContext ? { traceContext: input.traceContext } : {}),
      },
      state: undefined,
      log: (level, category, message) => {
        core.log(level, category, message, metadata.name, made.context);
      },
    };
    const model = core.programmingModel;
    if (!model) throw new Error('the app has set no programming model');
    const invocation = model.getInvocationModel(coreContext);
    const { context, inputs } = await abortable(invocation.getArguments(), input.signal);
    made.context = context;

    // Hooks see one mutable object each; what they leave in it is what counts from there on.
    const shared = { hookData: {}, appHookData: core.appHookData, invocationContext: context };
    const before: { inputs: unknown[]; functionCallback: FunctionCallback } & object = {
      ...shared,
      inputs,
      functionCallback: fn.callback,
    };
    coreContext.state = 'preInvocationHooks';
    await core.runHooks('preInvocation', before);

    coreContext.state = 'invocation';
    const after: { inputs: unknown[]; result: unknown; error: unknown } & object = {
      ...shared,
      inputs: before.inputs,
      result: null,
      error: null,
    };
    try {
      after.result = await invocation.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error;
    }

    coreContext.state = 'postInvocationHooks';
    await core.runHooks('postInvocation', after);
    coreContext.state = undefined;
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the app's own value goes through unchanged
    if (after.error !== null && after.error !== undefined) throw after.error;
    await invocation.getResponse(context, after.result);
    return after.result;
  }
}
