/** The HTTP front's own thread: server, routes and forwarding. What needs the app it asks the app's thread for. */
import { parentPort, workerData } from 'node:worker_threads';
import { RequestForwarder } from './forwardRequest.ts';
import type { FireOutcome, FromFront, FrontOptions, HttpInvocation, ToFront } from './frontMessages.ts';
import { listen } from './httpServer.ts';
import { RequestGate } from './requestGate.ts';
import { RouteTable } from './routeTable.ts';

const port = parentPort;
if (port === null) throw new Error('httpFrontThread.ts runs as a thread of the functions host only');
const options = workerData as FrontOptions;
const tell = (message: FromFront): void => port.postMessage(message);

const invocations = new Map<number, PromiseWithResolvers<boolean>>();
const firings = new Map<number, PromiseWithResolvers<FireOutcome>>();
let calls = 0;

async function invoke(invocation: HttpInvocation, givenUp: AbortSignal): Promise<boolean> {
  const call = ++calls;
  const answer = Promise.withResolvers<boolean>();
  invocations.set(call, answer);
  givenUp.addEventListener('abort', () => {
    tell({ kind: 'give up', call, reason: (givenUp.reason as Error).message });
  });
  tell({ kind: 'invoke', call, invocation });
  return answer.promise;
}

async function fire(functionName: string): Promise<FireOutcome> {
  const call = ++calls;
  const answer = Promise.withResolvers<FireOutcome>();
  firings.set(call, answer);
  tell({ kind: 'fire', call, functionName });
  return answer.promise;
}

/** Takes the question that an answer is for. */
function taken<Answer>(questions: Map<number, Answer>, call: number): Answer | undefined {
  const question = questions.get(call);
  questions.delete(call);
  return question;
}

const { proxyOrigin, disabled } = options;
const log = { write: (entry: (FromFront & { kind: 'log' })['entry']) => tell({ kind: 'log', entry }) };
const forwarder = proxyOrigin === undefined ? undefined : new RequestForwarder(proxyOrigin, invoke, log);
try {
  const { server, url } = await listen(options.port, {
    routes: new RouteTable(options.httpFunctions, options.routePrefix),
    forwarder,
    gate: new RequestGate(options.maxConcurrentRequests, options.maxOutstandingRequests),
    isEnabled: (name) => !disabled.includes(name),
    fire,
  });
  port.on('message', (message: ToFront) => {
    switch (message.kind) {
      case 'invoked':
        taken(invocations, message.call)?.resolve(message.answered);
        break;
      case 'failed':
        taken(invocations, message.call)?.reject(new Error(message.error));
        break;
      case 'fired':
        taken(firings, message.call)?.resolve(message.outcome);
        break;
      case 'stop':
        server.close(() => {
          forwarder?.close();
          tell({ kind: 'stopped' });
        });
        server.closeIdleConnections();
    }
  });
  tell({ kind: 'listening', url });
} catch (error) {
  tell({ kind: 'cannot listen', reason: error instanceof Error ? error.message : String(error) });
}
