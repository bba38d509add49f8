/**
 * Bugs planted on purpose, each of which the simulator must find. `ports` are made from the outside; `source` replaces one
 * exact text of one file when it is loaded, and fails when that text is not there.
 */
import { TableError, type TableOperation } from '../../../shared/tables/tableStore.ts';
import type { EventResult, OnHandAnswer } from '../../../shared/inventoryVisibility/inventoryVisibility.ts';
import type { Plant } from '../plant.ts';

export interface PlantedBug {
  readonly name: string;
  readonly ports?: Plant;
  readonly source?: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

const changedAnswer = (change: (answer: OnHandAnswer, ids: readonly string[]) => OnHandAnswer): Plant => ({
  inventoryVisibility: (port) => ({
    token: () => port.token(),
    postOnHand: async (token, events) =>
      change(
        await port.postOnHand(token, events),
        events.map(({ id }) => id),
      ),
  }),
});

const inSource = (name: string, file: string, from: string, to: string): PlantedBug => ({
  name,
  source: [{ file, from, to }],
});

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'updates carry whatever ETag the row has now',
    ports: {
      tables: (store, memory) => ({
        ...store,
        transact: (table, partitionKey, operations) =>
          store.transact(
            table,
            partitionKey,
            operations.map((operation) => {
              const row = operation.kind === 'update' && memory.get(table, partitionKey, operation.rowKey);
              return row ? ({ ...operation, etag: row.etag } as TableOperation) : operation;
            }),
          ),
      }),
    },
  },
  {
    name: 'deleting a row that is gone succeeds',
    ports: {
      tables: (store, memory) => ({
        ...store,
        transact: (table, partitionKey, operations) =>
          store.transact(
            table,
            partitionKey,
            operations.filter(({ kind, rowKey }) => kind !== 'delete' || memory.get(table, partitionKey, rowKey)),
          ),
      }),
    },
  },
  {
    name: 'a transaction is carried out row by row',
    ports: {
      tables: (store) => ({
        ...store,
        transact: async (table, partitionKey, operations) => {
          const etags: (string | undefined)[] = [];
          for (const operation of operations) etags.push(...(await store.transact(table, partitionKey, [operation])));
          return etags;
        },
      }),
    },
  },
  {
    name: 'an insert that meets a row counts as done',
    ports: {
      tables: (store) => ({
        ...store,
        transact: (table, partitionKey, operations) =>
          store.transact(table, partitionKey, operations).catch((error: unknown) => {
            if (error instanceof TableError && error.failure === 'exists') return operations.map(() => 'W/"0"');
            throw error;
          }),
      }),
    },
  },
  {
    name: 'a time-out of a write counts as success',
    ports: {
      tables: (store) => ({
        ...store,
        transact: (table, partitionKey, operations) =>
          store.transact(table, partitionKey, operations).catch((error: unknown) => {
            if (error instanceof TableError && error.failure === 'unknown') return operations.map(() => 'W/"0"');
            throw error;
          }),
      }),
    },
  },
  {
    name: 'a query stops before its last page',
    ports: {
      tables: (store) => ({
        ...store,
        query: async (table, partitionKey, range) => {
          const rows = await store.query(table, partitionKey, range);
          return rows.length > 2 ? rows.slice(0, -1) : rows;
        },
      }),
    },
  },
  {
    name: 'results of Inventory Visibility are matched by position',
    ports: changedAnswer((answer, ids) => {
      if (answer.kind !== 'answered') return answer;
      const results = [...answer.results.values()];
      return {
        kind: 'answered',
        results: new Map(ids.flatMap((id, index): [string, EventResult][] => {
          const result = results[index];
          return result ? [[id, result]] : [];
        })),
      };
    }),
  },
  {
    name: 'an event without a result counts as applied',
    ports: changedAnswer((answer, ids) =>
      answer.kind !== 'answered'
        ? answer
        : {
            kind: 'answered',
            results: new Map(
              ids.map((id) => [id, answer.results.get(id) ?? { applied: true, statusCode: 200, message: '' }]),
            ),
          },
    ),
  },
  {
    name: 'an event that failed with 500 counts as refused',
    ports: changedAnswer((answer) =>
      answer.kind !== 'answered'
        ? answer
        : {
            kind: 'answered',
            results: new Map(
              [...answer.results].map(([id, result]) => [
                id,
                result.statusCode === 500 ? { ...result, statusCode: 400 } : result,
              ]),
            ),
          },
    ),
  },
  {
    name: 'a call to Inventory Visibility without an answer counts as without effect',
    ports: changedAnswer((answer) => (answer.kind === 'unknown' ? { ...answer, kind: 'noEffect' } : answer)),
  },
  {
    name: 'the token of a call to Inventory Visibility is renewed when it goes out',
    ports: {
      inventoryVisibility: (port) => ({
        token: () => port.token(),
        postOnHand: async (_token, events) => port.postOnHand(await port.token(), events),
      }),
    },
  },
  inSource(
    'known ids are not looked for',
    'shared/log/identify.ts',
    'if (candidates.size === 0) return lines.map(() => NEW);',
    'if (candidates.size >= 0) return lines.map(() => NEW);',
  ),
  inSource(
    'two requests of one group may hold the same id',
    'shared/log/appendGroup.ts',
    'if (twin !== undefined) {',
    'if (twin !== undefined && twin < 0) {',
  ),
  inSource(
    'every known id is a duplicate, whatever its content',
    'shared/log/appendGroup.ts',
    "return { kind: sameContent ? 'duplicate' : 'conflict', seq: knownSeq, position };",
    "return { kind: sameContent || true ? 'duplicate' : 'conflict', seq: knownSeq, position };",
  ),
  inSource(
    'today’s settings come before identity',
    'shared/ingest/postAdjustments.ts',
    "const outcomes = await foresee(layer, environment, lines);\n  return lines.filter(({ position }) =>",
    "const outcomes = await foresee(layer, environment, lines);\n  return lines.filter(({ position }) => position >= 0 ||",
  ),
  inSource(
    'an append is not looked up again after a failure',
    'shared/log/logWriter.ts',
    'const identities = await identify(this.#tables, this.partitionKey, this.#index, lines);',
    'const identities = ((group as any).first ??= await identify(this.#tables, this.partitionKey, this.#index, lines));',
  ),
  inSource(
    'a repeat is always safe',
    'shared/cacheSync/syncCalls.ts',
    'if (uncertain.length === 0) return true;',
    'if (uncertain.length >= 0) return true;',
  ),
  inSource(
    'a refusal counts whatever came before it',
    'shared/cacheSync/syncCalls.ts',
    "earlierMayHaveApplied ? 'unknown' : 'refused'",
    "earlierMayHaveApplied ? 'refused' : 'refused'",
  ),
  inSource(
    'a refused call counts whatever came before it',
    'shared/cacheSync/syncCalls.ts',
    "refused.attempts.some(isUncertain) ? 'unknown' : 'refused'",
    "refused.attempts.some(isUncertain) ? 'refused' : 'refused'",
  ),
  inSource(
    'parked lines are noted at the wrong position',
    'shared/cacheSync/driveSync.ts',
    'position: event - start,',
    'position: event,',
  ),
  inSource(
    'parked lines are aggregated',
    'shared/packaging/computeRun.ts',
    'if (!excluded.has(position)) fold.add(',
    'fold.add(',
  ),
  inSource(
    'sums are floating-point numbers',
    'shared/aggregation/fold.ts',
    'folded.sum += quantity;',
    'folded.sum = BigInt(Math.round((Number(folded.sum) / 1e10 + Number(quantity) / 1e10) * 1e10));',
  ),
  inSource(
    'every attempt at a run has the same name',
    'shared/packaging/computeRun.ts',
    'const attempt = runtime.entropy.uuid();',
    "const attempt = '00000000-0000-4000-8000-000000000000';",
  ),
  inSource(
    'the direction of a mapping is not applied',
    'shared/posting/scmJournals.ts',
    'journal.directions[position] === -1 ? negateDecimal(line.quantity) : line.quantity',
    'line.quantity',
  ),
  inSource(
    'a package is sent before it is marked',
    'shared/posting/postJournalPackage.ts',
    'const marked = await storePackage(tables, partitionKey, loaded, sending);\n  if (marked === undefined) return;\n  const answer = await supplyChain.send(token, organizationId, id, zip);',
    'const answer = await supplyChain.send(token, organizationId, id, zip);\n  const marked = await storePackage(tables, partitionKey, loaded, sending);\n  if (marked === undefined) return;',
  ),
  inSource(
    'a submission without an answer is sent again',
    'shared/posting/postJournalPackage.ts',
    "case 'noEffect': {",
    "case 'noEffect':\n    case 'unknown': {",
  ),
  inSource(
    'a lost submission is repeated whatever SCM does with posted lines',
    'shared/posting/resend.ts',
    'return targets.every(',
    'return true || targets.every(',
  ),
  inSource(
    'the emergency stop does not stop posting',
    'shared/posting/postJournalPackage.ts',
    'if (!settings.enableFeature || !settings.enableSyncJob) return;',
    '',
  ),
  {
    name: 'statuses may go back',
    source: [
      {
        file: 'shared/log/packageOutcome.ts',
        from: 'if (moves && !ALLOWED[line.status].includes(status)) return;',
        to: '',
      },
      {
        file: 'shared/tracking/trackPackage.ts',
        from: "const open = outcome.positionsWith('Created', 'FnOSyncEnqueued', 'FnOTransCreateError');",
        to: 'const open = [...outcome.lines().keys()];',
      },
    ],
  },
  {
    name: 'absence is taken as proof',
    source: [
      {
        file: 'shared/tracking/trackPackage.ts',
        from: "const failed = evidence?.kind === 'final' && !evidence.succeeded ? evidence : undefined;",
        to: "const failed = { messageStatus: 'absent', errors: [{ message: 'absent' }] } as any;",
      },
      {
        file: 'shared/tracking/trackPackage.ts',
        from: "if (error !== undefined || submission.target.linesDeletedAfterPosting === 'no')",
        to: "outcome.note(position, 'FnOSyncEnqueued', now);\n      if (position >= 0)",
      },
    ],
  },
  inSource(
    'a journal that exists is a posted journal',
    'shared/tracking/notePostings.ts',
    'headers.filter(({ isPosted }) => isPosted)',
    'headers.filter(({ isPosted }) => isPosted || true)',
  ),
  inSource(
    'a run is closed when one of its packages is settled',
    'shared/tracking/trackJournals.ts',
    "packages.every(({ state }) => state.status === 'Settled')",
    "packages.some(({ state }) => state.status === 'Settled')",
  ),
];
