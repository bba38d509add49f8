/**
 * The yardstick of the benchmark: what one would build first. The same front door (token, body, JSON, schema, settings,
 * an answer per line), and behind it every line as an entity of its own, in transactions of 100, with the storage SDK as
 * it comes. It is spared what the product does besides: it looks for no earlier line of the same id, and each request
 * has a partition of its own, which suits the emulator.
 */
import { randomUUID } from 'node:crypto';
import { app } from '@azure/functions';
import { TableClient, type TransactionAction } from '@azure/data-tables';
import { apiHandler } from '../../../functions/apiHandler.ts';
import { acceptLine } from '../../../shared/adjustments/acceptLine.ts';
import type { AdjustmentLine } from '../../../shared/adjustments/adjustmentLine.ts';
import { parseAdjustments } from '../../../shared/adjustments/parseAdjustments.ts';
import { ApiError } from '../../../shared/http/problem.ts';
import { readJsonBody } from '../../../shared/http/readBody.ts';
import { YARDSTICK_TABLE } from '../storePerLine.ts';

/** The most that one entity group transaction takes. */
const TRANSACTION_LINES = 100;

app.setup({ enableHttpStream: true });

const connection = process.env['TABLES_CONNECTION'] ?? '';
const table = TableClient.fromConnectionString(connection, YARDSTICK_TABLE, {
  allowInsecureConnection: true,
});

app.http('postAdjustments', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/transaction/adjustment/bulk',
  handler: apiHandler('Post', async ({ request, environment: { settings } }) => {
    const body = await readJsonBody(request, settings.limits.maxRequestBytes);
    const parsed = parseAdjustments(body, settings.limits.maxLinesPerRequest);
    const accepted = parsed.lines.map((line, position) => {
      const outcome = line && acceptLine(line, position, settings, Date.now());
      if (outcome === undefined || Array.isArray(outcome))
        throw new ApiError('InvalidLines', 'a line is not valid');
      return outcome;
    });
    const batch = randomUUID();
    for (let first = 0; first < accepted.length; first += TRANSACTION_LINES)
      await table.submitTransaction(
        accepted
          .slice(first, first + TRANSACTION_LINES)
          .map((line): TransactionAction => ['create', entityOf(batch, line)]),
      );
    return {
      jsonBody: accepted.map(({ id }) => ({ id, processingStatus: 'success', message: '', statusCode: 200 })),
    };
  }),
});

function entityOf(
  batch: string,
  { id, dimensions, ...fields }: AdjustmentLine,
): { partitionKey: string; rowKey: string; [property: string]: unknown } {
  return {
    partitionKey: batch,
    rowKey: id,
    ...fields,
    ...Object.fromEntries(dimensions),
    status: 'Created',
    createdAt: new Date(),
  };
}
