/** Posts the requests of a day, several systems at a time, and makes sure that each line was accepted. */
import { mapInParallel } from '../../shared/supplyChain/boundedParallel.ts';
import type { AdjustmentApi } from './adjustmentApi.ts';
import type { SampleRequest } from './day.ts';
import type { PostedLine, SampleLine } from './sampleLine.ts';

/** A line that is durably stored. */
export interface StoredLine {
  readonly line: SampleLine;
  readonly lineRecordId: string;
}

/** How many systems post at the same moment. */
const SENDERS = 3;

/**
 * Posts the requests; resolves with the stored lines of each, in order. A line may be answered as a duplicate, because
 * the answer to an earlier try was lost.
 *
 * @param onAccepted told how many lines are stored so far
 * @throws Error when a line was not accepted
 */
export async function postRequests(
  api: AdjustmentApi,
  requests: readonly SampleRequest[],
  onAccepted: (lines: number) => void,
): Promise<StoredLine[][]> {
  let accepted = 0;
  return mapInParallel(requests, SENDERS, async ({ lines, createWithIVSync }) => {
    const results = await api.post(
      lines.map(({ posted }) => posted),
      { createWithIVSync },
    );
    if (!Array.isArray(results)) throw new Error(`lines were refused: ${results.status} ${results.detail}`);
    const stored = lines.map((line, index) => {
      const { lineRecordId, processingStatus, message } = results[index] ?? {};
      if (lineRecordId === undefined || (processingStatus !== 'success' && processingStatus !== 'duplicate'))
        throw new Error(
          `line ${line.posted.id} was not accepted (${processingStatus ?? 'no answer'}): ${message ?? ''}`,
        );
      return { line, lineRecordId };
    });
    accepted += stored.length;
    onAccepted(accepted);
    return stored;
  });
}

/** Posts stored lines once more. @throws Error when one of them is not answered as what it is: a duplicate */
export async function postAgain(api: AdjustmentApi, stored: readonly StoredLine[]): Promise<void> {
  const results = await api.post(stored.map(({ line }) => line.posted));
  if (!Array.isArray(results))
    throw new Error(`stored lines were refused: ${results.status} ${results.detail}`);
  for (const [index, { line, lineRecordId }] of stored.entries()) {
    const result = results[index];
    if (result?.processingStatus !== 'duplicate' || result.lineRecordId !== lineRecordId)
      throw new Error(
        `line ${line.posted.id} was posted twice and answered ${JSON.stringify(result)}, not as a duplicate`,
      );
  }
}

/** Posts lines that cannot all be accepted. @returns why they are refused. @throws Error when they are not */
export async function postInvalid(
  api: AdjustmentApi,
  lines: readonly PostedLine[],
): Promise<readonly string[]> {
  const answer = await api.post(lines);
  if (Array.isArray(answer) || answer.status !== 400)
    throw new Error(`lines that are not valid were answered ${JSON.stringify(answer)}, not refused`);
  return answer.problems.map(({ message }) => message);
}
