/** What the functions host does with an instance: timers, queue messages, HTTP requests. */
import { postQueuedPackage } from '../../shared/app/postQueuedPackage.ts';
import { applyRetentionTick, auditLogsTick } from '../../shared/app/housekeeping.ts';
import { packageJournalsTick, syncCacheTick, trackJournalsTick } from '../../shared/app/timers.ts';
import type { BusinessLayer } from '../../shared/app/businessLayer.ts';
import {
  postAdjustments,
  type PostingAnswer,
  type PostingOptions,
} from '../../shared/ingest/postAdjustments.ts';
import type { Instance, World } from './world.ts';

export const TICKS: Readonly<Record<string, (layer: BusinessLayer) => Promise<void>>> = {
  syncCache: syncCacheTick,
  packageJournals: packageJournalsTick,
  trackJournals: trackJournalsTick,
};

/** Those that keep the logs in order. */
export const HOUSEKEEPING: Readonly<Record<string, (layer: BusinessLayer) => Promise<void>>> = {
  applyRetention: applyRetentionTick,
  auditLogs: auditLogsTick,
};

/** Runs a timer's function now, unless it is running in this instance. Call it from an event that resumes. */
export function tick(instance: Instance, name: string, done: () => void = () => undefined): void {
  const run = TICKS[name] ?? HOUSEKEEPING[name];
  if (run === undefined) throw new Error(`no timer ${name}`);
  if (instance.ticking.has(name)) return done();
  instance.ticking.add(name);
  const ended = (): void => {
    instance.ticking.delete(name);
    done();
  };
  // A timer that fails is tried again at the next tick; the host only notes it.
  run(instance.layer).then(ended, ended);
}

/** How an HTTP request ended. `failed`: an answer that says nothing was decided, such as 503. */
export type HttpOutcome =
  | { readonly kind: 'answer'; readonly answer: PostingAnswer }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'switchedOff' };

export function post(
  instance: Instance,
  environmentId: string,
  body: Uint8Array,
  options: PostingOptions,
  done: (outcome: HttpOutcome) => void,
): void {
  const handle = async (): Promise<HttpOutcome> => {
    const environment = await instance.layer.environment(environmentId);
    if (environment === undefined || !environment.settings.enableFeature) return { kind: 'switchedOff' };
    return {
      kind: 'answer',
      answer: await postAdjustments(instance.layer, environment, body, options),
    };
  };
  handle().then(done, (error: unknown) => done({ kind: 'failed', error: error as Error }));
}

/** Lets the queue hand its messages to the instances that are at work. */
export function connectQueue(world: World): void {
  const prng = world.prng.fork('deliveries');
  world.queue.deliver = (body, done) => {
    const instance = world.awake.length > 0 ? prng.pick(world.awake) : undefined;
    if (instance === undefined) return false;
    postQueuedPackage(instance.layer, body).then(
      () => done(true),
      () => done(false),
    );
    return true;
  };
}
