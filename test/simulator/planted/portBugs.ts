/** Planted bugs that are made from the outside: a port that does not keep to its contract. */
import { TableError } from '../../../shared/tables/tableStore.ts';
import type { EventResult, OnHandAnswer } from '../../../shared/inventoryVisibility/inventoryVisibility.ts';
import type { Plant } from '../plant.ts';
import type { PlantedBug } from './plantedBug.ts';

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

export const PORT_BUGS: readonly PlantedBug[] = [
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
              return row ? { ...operation, etag: row.etag } : operation;
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
            operations.filter(
              ({ kind, rowKey }) => kind !== 'delete' || memory.get(table, partitionKey, rowKey),
            ),
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
          for (const operation of operations)
            etags.push(...(await store.transact(table, partitionKey, [operation])));
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
            if (error instanceof TableError && error.failure === 'exists')
              return operations.map(() => 'W/"0"');
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
            if (error instanceof TableError && error.failure === 'unknown')
              return operations.map(() => 'W/"0"');
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
        results: new Map(
          ids.flatMap((id, index): [string, EventResult][] => {
            const result = results[index];
            return result ? [[id, result]] : [];
          }),
        ),
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
              ids.map((id) => [
                id,
                answer.results.get(id) ?? { applied: true, statusCode: 200, message: '' },
              ]),
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
];
