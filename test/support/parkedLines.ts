/** Lines that get parked, and what somebody does about them, for tests. */
import { environmentKey, organizationKey } from '../../shared/adjustments/keys.ts';
import { lineRecordId, lineRecordIdText } from '../../shared/adjustments/lineRecordId.ts';
import type { Verdict } from '../../shared/log/parkedEntries.ts';
import { syncCache } from '../../shared/cacheSync/syncCache.ts';
import { judgeLines } from '../../shared/redrive/judgeLines.ts';
import type { RedriveAnswer } from '../../shared/redrive/redriveCall.ts';
import { redriveLines } from '../../shared/redrive/redriveLines.ts';
import type { RedriveOrder } from '../../shared/redrive/redriveOrder.ts';
import { ENVIRONMENT_ID } from './localSettings.ts';
import { ORGANIZATION, postedLine, type ScriptedLayer } from './scriptedLayer.ts';
import { answered, APPLIED, REFUSED } from './scriptedPorts.ts';

export const REASON = 'the product exists now';

/** The record id of a line that was posted with this id. */
export function recordId(id: string): string {
  return lineRecordIdText(lineRecordId(environmentKey(ENVIRONMENT_ID), organizationKey(ORGANIZATION), id));
}

/** The cache refuses these products. */
export function refuse(instance: ScriptedLayer, ...products: readonly string[]): void {
  instance.ends.inventoryVisibility.otherwise = ({ events }) =>
    answered(events, ({ productId }) => (products.includes(productId) ? REFUSED : APPLIED));
}

export async function sync(instance: ScriptedLayer): Promise<void> {
  await syncCache(await instance.syncDependencies(), { due: true, deadline: instance.later });
}

/** Lines with these ids, each of the product `P-{id}`, one batch after the other, that the cache refuses. */
export async function parkRefused(instance: ScriptedLayer, ...ids: readonly string[]): Promise<void> {
  refuse(instance, ...ids.map((id) => `P-${id}`));
  for (const id of ids) await instance.results([postedLine(id), postedLine(`${id} beside it`)]);
  await sync(instance);
  refuse(instance);
}

/** A line of which it is unknown whether the cache applied it: an answer is lost, and the repeat is refused. */
export async function parkUnknown(instance: ScriptedLayer, id: string): Promise<void> {
  const { inventoryVisibility } = instance.ends;
  inventoryVisibility.script.push(() => ({ kind: 'unknown', message: 'time-out' }));
  inventoryVisibility.script.push(() => ({ kind: 'refused', statusCode: 400, message: 'bad' }));
  await instance.results([postedLine(id)]);
  await sync(instance);
}

export interface Wish {
  readonly by?: string;
  readonly preview?: boolean;
}

export async function redrive(
  instance: ScriptedLayer,
  scope: RedriveOrder['scope'],
  { by = 'an operator', preview = false }: Wish = {},
): Promise<RedriveAnswer> {
  const call = { layer: instance.layer, environment: await instance.environment(), by, preview };
  return redriveLines(call, { reason: REASON, scope });
}

export function redriveIds(instance: ScriptedLayer, ...ids: readonly string[]): Promise<RedriveAnswer> {
  return redrive(instance, { lineRecordIds: ids.map(recordId) });
}

export function redriveAll(instance: ScriptedLayer, wish?: Wish): Promise<RedriveAnswer> {
  return redrive(
    instance,
    { organizationId: ORGANIZATION.toUpperCase(), parkReasons: ['refused', 'unfoldable'] },
    wish,
  );
}

/** A verdict on lines, each as it is parked in a batch. */
export async function judge(
  instance: ScriptedLayer,
  verdict: Verdict,
  lines: readonly (readonly [id: string, batch: number])[],
  { by = 'an operator', preview = false }: Wish = {},
): Promise<RedriveAnswer> {
  const call = { layer: instance.layer, environment: await instance.environment(), by, preview };
  return judgeLines(call, {
    reason: REASON,
    verdict,
    lines: lines.map(([id, batch]) => ({ lineRecordId: recordId(id), batch })),
  });
}

/** Outcome and batch of each result, in order. */
export function outcomes({ results }: RedriveAnswer): (readonly [string, number | undefined])[] {
  return results.map(({ outcome, batch }) => [outcome, batch]);
}
