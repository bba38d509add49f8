/**
 * States of a recurring-integration message and of the import it starts. The documentation and Microsoft's own sample
 * client spell some of them differently, and the client also knows numbers, so all of these are understood.
 * Sources: "Recurring integrations", "Data management package REST API", and the Recurring Integrations Scheduler.
 */
import { JsonNumber } from '../json/jsonValue.ts';

export interface MessageStatus {
  /** As the documentation spells it; as SCM sent it when it is not a documented one. */
  readonly name: string;
  /** `ended`: SCM will not go on with it by itself. `failed`: ended, and not everything was imported. */
  readonly stage: 'underWay' | 'ended' | 'failed';
}

const STATUSES: readonly (readonly [name: string, number: string, stage: MessageStatus['stage']])[] = [
  ['Enqueued', '0', 'underWay'],
  ['Dequeued', '1', 'underWay'],
  ['Downloaded', '2', 'underWay'],
  ['Acked', '3', 'underWay'],
  ['Processing', '4', 'underWay'],
  ['Processed', '5', 'ended'],
  ['ProcessedWithErrors', '6', 'failed'],
  ['PostProcessingFailed', '7', 'failed'],
  ['PreProcessingError', '8', 'failed'],
  ['PreProcessing', '9', 'underWay'],
];

const OTHER_SPELLINGS: Readonly<Record<string, string>> = {
  inprocess: 'processing',
  postprocessingerror: 'postprocessingfailed',
  preprocessingfailed: 'preprocessingerror',
};

/** Undefined when the value is neither a text nor a number. An unknown status counts as under way. */
export function parseMessageStatus(value: unknown): MessageStatus | undefined {
  const text = value instanceof JsonNumber ? value.text : value;
  if (typeof text !== 'string' || text.trim() === '') return undefined;
  const plain = text.replace(/[\s_-]/g, '').toLowerCase();
  const spelled = OTHER_SPELLINGS[plain] ?? plain;
  const known = STATUSES.find(([name, number]) => name.toLowerCase() === spelled || number === spelled);
  return known ? { name: known[0], stage: known[2] } : { name: text.slice(0, 50), stage: 'underWay' };
}

/** `Unknown` is not final: it is also what SCM says while it does not know yet. */
export interface ExecutionStatus {
  readonly name: string;
  readonly stage: 'underWay' | 'succeeded' | 'failed';
}

const EXECUTION_STAGES: Readonly<Record<string, readonly [string, ExecutionStatus['stage']]>> = {
  succeeded: ['Succeeded', 'succeeded'],
  partiallysucceeded: ['PartiallySucceeded', 'failed'],
  failed: ['Failed', 'failed'],
  canceled: ['Canceled', 'failed'],
  cancelled: ['Canceled', 'failed'],
};

/** Undefined when the value is not a text. */
export function parseExecutionStatus(value: unknown): ExecutionStatus | undefined {
  if (typeof value !== 'string') return undefined;
  const known = EXECUTION_STAGES[value.replace(/[\s_-]/g, '').toLowerCase()];
  return known ? { name: known[0], stage: known[1] } : { name: value.slice(0, 50), stage: 'underWay' };
}
