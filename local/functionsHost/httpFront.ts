/**
 * The app's side of the HTTP front: starts its thread, runs the invocations it asks for, and stops it. On the platform
 * the front is a process of its own; a thread of its own keeps large uploads off the app's event loop here too.
 */
import { Worker } from 'node:worker_threads';
import type { FireOutcome, FromFront, FrontOptions, HttpInvocation, ToFront } from './frontMessages.ts';
import { describeError } from './hostLog.ts';
import type { HostLog } from './hostLog.ts';

export interface FrontServices {
  /** Resolves with whether the handler returned something. `givenUp` aborts when the request was cut off. */
  invoke(invocation: HttpInvocation, givenUp: AbortSignal): Promise<boolean>;
  /** Starts a function by name as an operator asked. */
  fire(functionName: string): FireOutcome;
  readonly log: HostLog;
}

export interface HttpFront {
  /** E.g. `http://127.0.0.1:7071`. */
  readonly url: string;
  /** Accepts no further connection; resolves when the open ones have ended. */
  stop(): Promise<void>;
  /** Ends what is left. */
  close(): Promise<void>;
}

/** @throws Error when it cannot listen */
export async function startHttpFront(options: FrontOptions, services: FrontServices): Promise<HttpFront> {
  const thread = new Worker(new URL('./httpFrontThread.ts', import.meta.url), {
    workerData: options,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const tell = (message: ToFront): void => thread.postMessage(message);
  const listening = Promise.withResolvers<string>();
  const stopped = Promise.withResolvers<undefined>();
  const running = new Map<number, AbortController>();

  const invoke = async (call: number, invocation: HttpInvocation): Promise<void> => {
    const givenUp = new AbortController();
    running.set(call, givenUp);
    try {
      tell({ kind: 'invoked', call, answered: await services.invoke(invocation, givenUp.signal) });
    } catch (error) {
      tell({ kind: 'failed', call, error: describeError(error) });
    } finally {
      running.delete(call);
    }
  };

  thread.on('message', (message: FromFront) => {
    switch (message.kind) {
      case 'listening':
        listening.resolve(message.url);
        break;
      case 'cannot listen':
        listening.reject(new Error(message.reason));
        break;
      case 'invoke':
        void invoke(message.call, message.invocation);
        break;
      case 'give up':
        running.get(message.call)?.abort(new Error(message.reason));
        break;
      case 'fire':
        tell({ kind: 'fired', call: message.call, outcome: services.fire(message.functionName) });
        break;
      case 'log':
        services.log.write(message.entry);
        break;
      case 'stopped':
        stopped.resolve(undefined);
    }
  });
  let isListening = false;
  thread.on('error', (error) => {
    // A host without its front serves nobody: it ends, and whoever supervises it starts it again.
    if (isListening) throw error;
    listening.reject(error);
  });
  thread.on('exit', () => stopped.resolve(undefined));

  try {
    const url = await listening.promise;
    isListening = true;
    return {
      url,
      stop: () => {
        tell({ kind: 'stop' });
        return stopped.promise;
      },
      close: async () => {
        await thread.terminate();
      },
    };
  } catch (error) {
    await thread.terminate();
    throw error;
  }
}
