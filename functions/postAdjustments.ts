import { app, type HttpResponseInit } from '@azure/functions';
import { checkApiVersion } from '../shared/http/apiVersion.ts';
import { flagParameter, prefersLenientHandling } from '../shared/http/parameters.ts';
import { ApiError } from '../shared/http/problem.ts';
import { readJsonBody } from '../shared/http/readBody.ts';
import { BatchTooLargeError } from '../shared/log/batchRow.ts';
import { postAdjustments as post, type PostingAnswer } from '../shared/ingest/postAdjustments.ts';
import type { LineResult } from '../shared/ingest/lineResults.ts';
import { lineResultsJson } from '../shared/ingest/lineResultsJson.ts';
import { type ApiCall, apiHandler } from './apiHandler.ts';
import { refuseWhenStorageIsFull } from './storageFull.ts';

/** Creates inventory adjustment transactions: the article's inventory adjustment API. */
export const postAdjustments = apiHandler('Post', async ({ request, layer, environment }: ApiCall) => {
  checkApiVersion(request);
  if (!environment.settings.enableFeature)
    throw new ApiError(
      'FeatureDisabled',
      'Inventory transactions are switched off for this environment; switch on its setting "Enable feature".',
    );
  const options = {
    createWithIVSync: flagParameter(request, 'createWithIVSync'),
    validateOnly: flagParameter(request, 'validateOnly'),
    lenient: prefersLenientHandling(request),
  };
  const body = await readJsonBody(request, environment.settings.limits.maxRequestBytes);
  await refuseWhenStorageIsFull();
  try {
    return answer(await post(layer, environment, body, options));
  } catch (error) {
    if (error instanceof BatchTooLargeError)
      throw new ApiError('BodyTooLarge', error.message, { cause: error });
    throw error;
  }
});

function answer(posting: PostingAnswer): HttpResponseInit {
  switch (posting.kind) {
    case 'invalid':
      throw new ApiError('InvalidLines', {
        detail: `Nothing was written: ${posting.problems[0]?.message ?? 'lines are not valid'}${more(posting.problems.length)}`,
        lines: posting.problems,
      });
    case 'conflict': {
      const conflicts = posting.results.filter(({ processingStatus }) => processingStatus === 'conflict');
      throw new ApiError('IdConflict', {
        detail: `${conflicts[0]?.message ?? ''}${more(conflicts.length)} All other valid lines are stored.`,
        extensions: { results: posting.results },
      });
    }
    case 'partial':
      return { status: 207, ...resultsBody(posting.results) };
    case 'done':
      return { status: 200, ...resultsBody(posting.results) };
  }
}

function resultsBody(results: readonly LineResult[]): HttpResponseInit {
  return { headers: { 'content-type': 'application/json' }, body: lineResultsJson(results) };
}

function more(count: number): string {
  return count > 1 ? ` (and ${count - 1} more)` : '';
}

app.http('postAdjustments', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/transaction/adjustment/bulk',
  handler: postAdjustments,
});
