/** Drives parked lines again whose cause somebody has put right: those that the cache refused, and those that did not fold. */
import { organizationKey as organizationKeyOf } from '../adjustments/keys.ts';
import { ApiError } from '../http/problem.ts';
import type { ListedLog } from '../log/logDirectory.ts';
import { partitionKeyOf } from '../log/rowKeys.ts';
import { statusAt } from '../reading/presentPlace.ts';
import { findLines, findOpen, type FoundLine, recordIdsOf } from './findParked.ts';
import {
  assertEnabled,
  carryOut,
  isChange,
  type NamedTarget,
  type RedriveAnswer,
  type RedriveCall,
  type RedriveResult,
} from './redriveCall.ts';
import { MAX_REDRIVE_LINES, type Redrivable, type RedriveOrder } from './redriveOrder.ts';

/** @throws ApiError FeatureDisabled, NotFound; TableError; DependencyError */
export async function redriveLines(call: RedriveCall, order: RedriveOrder): Promise<RedriveAnswer> {
  assertEnabled(call);
  const { scope } = order;
  return 'lineRecordIds' in scope
    ? redriveNamed(call, scope.lineRecordIds, order.reason)
    : redriveAll(call, scope.organizationId, scope.parkReasons, order.reason);
}

async function redriveNamed(
  call: RedriveCall,
  lineRecordIds: readonly string[],
  reason: string,
): Promise<RedriveAnswer> {
  const wanted = [...new Set(lineRecordIds)];
  const found = await findLines(call.layer, call.environment, wanted);
  const results = new Map<string, RedriveResult>();
  const targets: { readonly log: ListedLog; readonly target: NamedTarget }[] = [];
  for (const lineRecordId of wanted) {
    const line = found.get(lineRecordId);
    const target = line && targetOf(line);
    if (line && target) targets.push({ log: line.log, target });
    else results.set(lineRecordId, leftAlone(lineRecordId, line));
  }
  for (const some of Map.groupBy(targets, ({ log }) => log.organizationKey).values()) {
    const [first] = some;
    if (first === undefined) continue;
    const own = some.map(({ target }) => target);
    for (const result of await carryOut(call, first.log, own, { reason }))
      results.set(result.lineRecordId, result);
  }
  return answer(
    call,
    wanted.flatMap((id) => results.get(id) ?? []),
    false,
  );
}

function targetOf({ lineRecordId, place }: FoundLine): NamedTarget | undefined {
  const { seq, position, parked } = place;
  if (parked === undefined || parked.entry.reason === 'unknown') return undefined;
  return { lineRecordId, seq, position, rowKey: parked.rowKey, cached: parked.entry.reason === 'unfoldable' };
}

function leftAlone(lineRecordId: string, line: FoundLine | undefined): RedriveResult {
  if (line === undefined)
    return { lineRecordId, outcome: 'notFound', message: 'No such line is known in this environment.' };
  const { place } = line;
  const batch = place.seq;
  if (place.parked)
    return {
      lineRecordId,
      outcome: 'needsVerdict',
      batch,
      message: `It is unknown whether Inventory Visibility has applied it (batch ${batch}); look there, and give a verdict.`,
    };
  const last = place.redrives.at(-1)?.note;
  const before = last ? ` ${last.by} had it driven again at ${new Date(last.at).toISOString()}.` : '';
  return {
    lineRecordId,
    outcome: 'notParked',
    batch,
    message: `It is ${statusAt(place)} and not parked; nothing is to be done.${before}`,
  };
}

async function redriveAll(
  call: RedriveCall,
  organizationId: string,
  parkReasons: readonly Redrivable[],
  reason: string,
): Promise<RedriveAnswer> {
  const { layer, environment } = call;
  const key = organizationKeyOf(organizationId);
  const log = (await layer.logs(environment)).find(({ organizationKey }) => organizationKey === key);
  if (log === undefined)
    throw new ApiError('NotFound', `The legal entity ${organizationId} has no log in this environment.`);
  const { open, more } = await findOpen(layer, environment, log, parkReasons, MAX_REDRIVE_LINES);
  const ids = await recordIdsOf(layer, partitionKeyOf(environment.key, key), open);
  const targets = open.map(({ seq, position, rowKey, entry }, index) => ({
    lineRecordId: ids[index] ?? '',
    seq,
    position,
    rowKey,
    cached: entry.reason === 'unfoldable',
  }));
  return answer(call, await carryOut(call, log, targets, { reason }), more);
}

function answer({ preview }: RedriveCall, results: readonly RedriveResult[], more: boolean): RedriveAnswer {
  const changed = preview ? 0 : results.filter(({ outcome }) => isChange(outcome)).length;
  return { action: 'redrive', preview, changed, results, more };
}
