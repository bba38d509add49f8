/**
 * Carries a decision out: looks, checks, and writes package and outcome in one transaction, both If-Match. When somebody
 * else was quicker it looks again, so that a decision is always made on what is true.
 */
import type { BusinessLayer } from '../app/businessLayer.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { PackageState } from '../log/packageRow.ts';
import { reopenInsert } from '../log/runRow.ts';
import { storePackage } from '../posting/storePackage.ts';
import { readAggregatedLine } from '../reading/readJournals.ts';
import { type DecisionCall, type LineInQuestion, lineInQuestion } from './lineInQuestion.ts';
import type { ScmFacts } from './scmFacts.ts';

const TRIES = 5;

/** What a decision would do now. */
export interface Plan {
  /** For people. */
  readonly does: string;
  /** What SCM was found to hold. */
  readonly facts?: ScmFacts;
  /**
   * Notes the decision in the loaded outcome, and gives the package's new state; absent when it is done already, and
   * the request a repetition.
   */
  readonly apply?: (now: number) => PackageState;
}

export interface DecisionAnswer {
  readonly action: string;
  readonly preview: boolean;
  /** Whether this request changed anything; a repetition does not. */
  readonly changed: boolean;
  readonly does: string;
  readonly facts?: ScmFacts;
  /** The aggregated line, as reading it answers. */
  readonly line: unknown;
}

/** @throws ApiError NotFound, PastRetention, NotAllowedNow; TableError; DependencyError */
export async function decide(
  call: DecisionCall,
  action: string,
  plan: (question: LineInQuestion) => Promise<Plan> | Plan,
): Promise<DecisionAnswer> {
  const { runtime } = call.layer.parts;
  for (let tries = 1; tries <= TRIES; tries++) {
    const question = await lineInQuestion(call);
    const { does, facts, apply } = await plan(question);
    const changed = apply !== undefined && !call.preview;
    if (changed) {
      const state = apply(runtime.clock.now());
      if (!(await storeDecision(call.layer, question, state))) continue;
      runtime.logger.info('Somebody has decided about an aggregated line.', {
        action,
        by: call.by,
        log: question.dependencies.partitionKey,
        line: question.id,
        does,
      });
    }
    const line = await readAggregatedLine(call.layer, call.environment, question.id);
    return {
      action,
      preview: call.preview,
      changed,
      does,
      ...(facts === undefined ? {} : { facts }),
      line,
    };
  }
  throw writtenByOthers();
}

export function writtenByOthers(): DependencyError {
  return new DependencyError('package of the line (others keep changing it)', 'was written by others', {
    retryAfterMs: 5_000,
  });
}

/**
 * Stores what was decided about lines of the loaded package, and sends a message for it where it waits to be sent. False
 * when another instance wrote the package first. A package that was done makes its run be looked at again. @throws TableError
 */
export async function storeDecision(
  layer: BusinessLayer,
  question: Pick<LineInQuestion, 'dependencies' | 'loaded'>,
  state: PackageState,
): Promise<boolean> {
  const { dependencies, loaded } = question;
  const { tables, runtime } = layer.parts;
  const reopens = loaded.stored.state.status === 'Settled' && state.status !== 'Settled';
  const marker = reopens ? [reopenInsert(loaded.run.number, runtime.entropy.uuid())] : [];
  if ((await storePackage(tables, dependencies.partitionKey, loaded, state, marker)) === undefined)
    return false;
  await enqueue(question, state);
  return true;
}

/** A message for a package that waits; the tracking timer sends one anyway, only later. */
async function enqueue(
  { dependencies, loaded }: Pick<LineInQuestion, 'dependencies' | 'loaded'>,
  { status }: PackageState,
): Promise<void> {
  const { queue, settings, runtime, environmentId, organizationKey } = dependencies;
  if (status !== 'Queued' || !settings.enableSyncJob) return;
  const { run, number } = loaded.stored;
  try {
    await queue.send([{ environmentId, organizationKey, run, package: number }]);
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    runtime.logger.warn('A package could not be put into the queue; the tracking timer tries again.', {
      reason: error.message,
    });
  }
}
