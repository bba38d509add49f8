/**
 * One decision about many lines: all lines of a journal that have a certain status, each judged by itself, and written
 * together. What cannot be decided about a line is said of it, and keeps no other.
 */
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { ApiError } from '../http/problem.ts';
import { aggregatedLineId } from '../log/aggregatedLineId.ts';
import type { AggregatedLineStatus } from '../log/packageOutcome.ts';
import type { PackageState } from '../log/packageRow.ts';
import { partitionKeyOf } from '../log/rowKeys.ts';
import { loadContent } from '../posting/loadPackage.ts';
import { journalKey, journalPlaceOf } from '../posting/scmJournals.ts';
import { findJournal } from '../reading/findAggregatedLine.ts';
import { isPastJournal, pastRetention } from '../reading/pastRetention.ts';
import { type Plan, storeDecision, writtenByOthers } from './decide.ts';
import { type LineInQuestion, notAllowedNow } from './lineInQuestion.ts';
import { type AskScm, askAboutLines, type ScmFacts } from './scmFacts.ts';

/** Lines looked at by one request. */
const MOST_LINES = 1_000;
const TRIES = 5;

export interface JournalCall {
  readonly layer: BusinessLayer;
  readonly environment: Environment;
  /** Our key for the journal. */
  readonly journalKey: string;
  /** Lines that have it are decided about, and no others. */
  readonly status: AggregatedLineStatus;
  /** Number within the journal of the first line to look at, from 1. */
  readonly from: number;
  readonly by: string;
  readonly preview: boolean;
}

export interface LineResult {
  readonly lineRecordId: string;
  /** `refused`: it is not possible for this line now, and `message` says why. */
  readonly outcome: 'decided' | 'unchanged' | 'refused';
  readonly message: string;
}

export interface JournalDecision {
  readonly action: string;
  readonly preview: boolean;
  /** How many lines this request changed. */
  readonly changed: number;
  readonly results: readonly LineResult[];
  /** Where to go on with `from`; absent when no line is left. */
  readonly next?: number;
}

/** What would be done about one line. @throws ApiError NotAllowedNow; what `ask` throws */
export type PlanLine = (question: LineInQuestion, ask: AskScm) => Promise<Plan>;

/** @throws ApiError NotFound, PastRetention, NotAllowedNow; TableError; DependencyError */
export async function decideAboutJournal(
  call: JournalCall,
  action: string,
  planLine: PlanLine,
): Promise<JournalDecision> {
  const { runtime } = call.layer.parts;
  for (let tries = 1; tries <= TRIES; tries++) {
    const { questions, next } = await questionsOf(call);
    const { results, state } = await planAll(questions, planLine, runtime.clock.now());
    const changed = call.preview ? 0 : results.filter(({ outcome }) => outcome === 'decided').length;
    const [first] = questions;
    if (first !== undefined && changed > 0) {
      if (!(await storeDecision(call.layer, first, state ?? first.loaded.stored.state))) continue;
      runtime.logger.info('Somebody has decided about lines of a journal.', {
        action,
        by: call.by,
        log: first.dependencies.partitionKey,
        journal: call.journalKey,
        lines: changed,
      });
    }
    return { action, preview: call.preview, changed, results, ...(next === undefined ? {} : { next }) };
  }
  throw writtenByOthers();
}

/** The lines that are decided about, on one loaded package. */
async function questionsOf(
  call: JournalCall,
): Promise<{ readonly questions: readonly LineInQuestion[]; readonly next?: number }> {
  const { layer, environment, from, status } = call;
  const { tables } = layer.parts;
  const place = journalPlaceOf(call.journalKey);
  for (const log of place === undefined ? [] : await layer.logs(environment)) {
    const partitionKey = partitionKeyOf(environment.key, log.organizationKey);
    const found = place && (await findJournal(tables, partitionKey, place.run, place.journal));
    if (found === undefined) {
      if (await isPastJournal(tables, partitionKey, call.journalKey))
        throw pastRetention(`The journal ${call.journalKey}`);
      continue;
    }
    const { run, journal, stored, firstPosition } = found;
    const { nonce } = run.state;
    if (!call.journalKey.toUpperCase().startsWith(journalKey(run.number, journal.number, nonce))) continue;
    if (stored === undefined)
      throw notAllowedNow(
        `Journal ${call.journalKey} is in no package (${journal.holdReason ?? 'its quantities add up to zero'}), so there is nothing to decide about.`,
      );
    const loaded = await loadContent(tables, partitionKey, run, stored);
    if (loaded === undefined) throw pastRetention(`The journal ${call.journalKey}`);
    const dependencies = layer.journalDependencies(environment, log);
    const chosen = [...journal.lines.entries()].filter(
      ([inJournal]) =>
        inJournal + 1 >= from && loaded.outcome.outcome.line(firstPosition + inJournal).status === status,
    );
    const questions = chosen.slice(0, MOST_LINES).map(([inJournal, line]): LineInQuestion => {
      const position = firstPosition + inJournal;
      const id = aggregatedLineId(partitionKey, nonce, {
        run: run.number,
        journal: journal.number,
        position: inJournal,
      });
      const outcome = loaded.outcome.outcome.line(position);
      return { id, dependencies, loaded, journal, line, position, outcome };
    });
    const after = chosen[MOST_LINES];
    return { questions, ...(after === undefined ? {} : { next: after[0] + 1 }) };
  }
  throw new ApiError(
    'NotFound',
    `The journal ${call.journalKey.slice(0, 64)} is not known in this environment.`,
  );
}

/** Plans line after line, each on what the ones before have made of the package; what they note stays in the loaded outcome. */
async function planAll(
  questions: readonly LineInQuestion[],
  planLine: PlanLine,
  now: number,
): Promise<{ readonly results: LineResult[]; readonly state?: PackageState }> {
  const results: LineResult[] = [];
  let facts: Promise<(question: LineInQuestion) => ScmFacts> | undefined;
  let state: PackageState | undefined;
  const [first, ...others] = questions;
  if (first === undefined) return { results };
  const ask: AskScm = async (question) => {
    facts ??= askAboutLines([first, ...others]);
    return (await facts)(question);
  };
  for (const question of questions) {
    const { loaded, id } = question;
    const current =
      state === undefined
        ? question
        : { ...question, loaded: { ...loaded, stored: { ...loaded.stored, state } } };
    try {
      const { does, apply } = await planLine(current, ask);
      if (apply !== undefined) state = apply(now);
      const outcome = apply === undefined ? 'unchanged' : 'decided';
      results.push({ lineRecordId: id, outcome, message: does });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'NotAllowedNow') throw error;
      results.push({ lineRecordId: id, outcome: 'refused', message: error.message });
    }
  }
  return { results, ...(state === undefined ? {} : { state }) };
}
