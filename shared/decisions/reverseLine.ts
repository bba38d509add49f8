/**
 * Takes a line that SCM holds back out: an adjustment with the opposite quantity is appended to the log and goes all the
 * way like any other. Its id is made of the line's, so that it is made once, however often it is asked for.
 */
import type { SubmittedLine } from '../adjustments/adjustmentLine.ts';
import { negateDecimal } from '../adjustments/decimal.ts';
import { ApiError } from '../http/problem.ts';
import { type PostingAnswer, postAdjustments } from '../ingest/postAdjustments.ts';
import { correctionOf } from '../log/lineDecision.ts';
import { corrected } from '../posting/scmJournals.ts';
import { readLinesById } from '../reading/readLine.ts';
import { decide, type DecisionAnswer } from './decide.ts';
import { type DecisionCall, type LineInQuestion, lineInQuestion, notAllowedNow } from './lineInQuestion.ts';

/** How the reversal names the document it comes from; its number is the id of the reversed line. */
const CATEGORY = 'Reversal';

export interface ReverseOrder {
  readonly reason: string;
  /** Date of the reversal, yyyy-MM-dd; absent: as for any adjustment without a date. */
  readonly transDate?: string;
}

/** @throws ApiError NotFound, PastRetention, NotAllowedNow, InvalidLines, FeatureDisabled; TableError; DependencyError */
export async function reverseLine(call: DecisionCall, order: ReverseOrder): Promise<DecisionAnswer> {
  const question = await lineInQuestion(call);
  assertInErp(question);
  if (!call.environment.settings.enableFeature)
    throw new ApiError('FeatureDisabled', 'Reversing posts an adjustment; switch on "Enable feature" first.');
  const reversal = reversalOf(question, order);
  const lineRecordId = await append(call, reversal);
  return decide(call, 'reverse', ({ outcome, loaded, position }) => {
    const { quantity, id } = reversal;
    if (outcome.decisions?.some(({ kind }) => kind === 'reverse'))
      return { does: `Line ${call.lineId} is reversed already by adjustment "${id}"; nothing is added.` };
    return {
      does: `Adjustment "${id}" of ${quantity} is posted, which takes line ${call.lineId} back out of the cache and of SCM.`,
      apply: (at) => {
        const { reason } = order;
        loaded.outcome.outcome.decide(position, {
          kind: 'reverse',
          at,
          by: call.by,
          reason,
          id,
          lineRecordId,
        });
        return loaded.stored.state;
      },
    };
  });
}

function assertInErp({ id, outcome: { status } }: LineInQuestion): void {
  if (['FnOTransCreated', 'FnOTransPosted', 'FnOTransPostError'].includes(status)) return;
  throw notAllowedNow(
    `Line ${id} is ${status} and not known to stand in SCM, so there is nothing to reverse there: the reversal alone ` +
      'would take away what was never put in. Send it again, correct it, or close it.',
  );
}

type Reversal = Omit<SubmittedLine, 'dimensions'> & { readonly dimensions: Readonly<Record<string, string>> };

function reversalOf({ id, line, outcome }: LineInQuestion, { transDate }: ReverseOrder): Reversal {
  const correction = correctionOf(outcome);
  const journalName = corrected(line.fnoJournalNameId, correction.fnoJournalNameId);
  const costPrice = corrected(line.costPrice, correction.costPrice);
  return {
    id: `reversal-of-${id}`,
    organizationId: line.organizationId,
    productId: line.productId,
    quantityDataSource: line.dataSource,
    physicalMeasure: line.physicalMeasure,
    dimensions: Object.fromEntries(line.dimensions),
    quantity: negateDecimal(line.quantity),
    externalReferenceCategory: CATEGORY,
    externalReferenceId: id,
    ...(journalName === undefined ? {} : { fnoJournalNameId: journalName }),
    ...(costPrice === undefined ? {} : { costPrice }),
    ...(transDate === undefined ? {} : { transDate }),
  };
}

/** The record id of the reversal, once it is durable. */
async function append(call: DecisionCall, reversal: Reversal): Promise<string> {
  const { layer, environment, preview } = call;
  const body = Buffer.from(JSON.stringify([reversal]));
  const options = { createWithIVSync: false, validateOnly: preview, lenient: false };
  const posting = await postAdjustments(layer, environment, body, options);
  if (posting.kind === 'conflict' && !(await isItsReversal(call, reversal)))
    throw notAllowedNow(
      `The id "${reversal.id}" was used for another adjustment, so line ${call.lineId} cannot be reversed by itself. ` +
        `Post an adjustment of ${reversal.quantity} under an id of your own.`,
    );
  return recordIdOf(posting);
}

/** An earlier request may have given another date: the reversal is made once, as it was asked for first. */
async function isItsReversal({ layer, environment }: DecisionCall, reversal: Reversal): Promise<boolean> {
  const [stored] = await readLinesById(layer, environment, reversal.id, reversal.organizationId);
  if (stored === undefined) return false;
  return (['productId', 'quantity', 'externalReferenceCategory', 'externalReferenceId'] as const).every(
    (field) => stored[field] === reversal[field],
  );
}

function recordIdOf(posting: PostingAnswer): string {
  if (posting.kind === 'invalid')
    throw new ApiError('InvalidLines', {
      detail: `The reversal cannot be accepted: ${posting.problems.map(({ message }) => message).join(' ')}`,
      lines: posting.problems,
    });
  return posting.results[0]?.lineRecordId ?? '';
}
