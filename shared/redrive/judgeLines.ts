/**
 * The verdict of somebody who has looked into Inventory Visibility on lines of which it is unknown whether it applied
 * them. "Not applied" drives a line again; "applied" counts it as cached, so that the next run takes it.
 *
 * A verdict is on a line as it is parked in one batch. Repeated after the line was driven again, and perhaps became
 * unknown once more, it says nothing of that.
 */
import { ApiError } from '../http/problem.ts';
import type { ListedLog } from '../log/logDirectory.ts';
import { statusAt } from '../reading/presentPlace.ts';
import { findLines, type FoundLine } from './findParked.ts';
import {
  assertEnabled,
  carryOut,
  doneBefore,
  isChange,
  type NamedTarget,
  type RedriveAnswer,
  type RedriveCall,
  type RedriveResult,
} from './redriveCall.ts';
import type { JudgedLine, VerdictOrder } from './redriveOrder.ts';
import { verdictFrom } from './verdictFrom.ts';

/** @throws ApiError FeatureDisabled, NotAllowedNow, and then nothing was written; TableError; DependencyError */
export async function judgeLines(call: RedriveCall, order: VerdictOrder): Promise<RedriveAnswer> {
  assertEnabled(call);
  const { lines, verdict, reason } = order;
  const wanted = [...new Map(lines.map((line) => [line.lineRecordId, line])).values()];
  const found = await findLines(
    call.layer,
    call.environment,
    wanted.map(({ lineRecordId }) => lineRecordId),
  );
  const results = new Map<string, RedriveResult>();
  const targets: { readonly log: ListedLog; readonly target: NamedTarget }[] = [];
  for (const line of wanted) {
    const known = found.get(line.lineRecordId);
    const parked = known && isQuestion(known, line) ? known.place.parked : undefined;
    if (known && parked) {
      assertJudgeable(call, known);
      const { lineRecordId, log, place } = known;
      const { seq, position } = place;
      const cached = verdict === 'applied';
      targets.push({ log, target: { lineRecordId, seq, position, rowKey: parked.rowKey, cached } });
    } else results.set(line.lineRecordId, leftAlone(line, known, order));
  }
  for (const some of Map.groupBy(targets, ({ log }) => log.organizationKey).values()) {
    const [first] = some;
    if (first === undefined) continue;
    const own = some.map(({ target }) => target);
    for (const result of await carryOut(call, first.log, own, { reason, verdict }))
      results.set(result.lineRecordId, result);
  }
  const all = wanted.flatMap(({ lineRecordId }) => results.get(lineRecordId) ?? []);
  const changed = call.preview ? 0 : all.filter(({ outcome }) => isChange(outcome)).length;
  return { action: 'verdict', preview: call.preview, changed, results: all, more: false };
}

function isQuestion({ place }: FoundLine, { batch }: JudgedLine): boolean {
  return place.parked?.entry.reason === 'unknown' && place.seq === batch;
}

function assertJudgeable({ environment, layer }: RedriveCall, { lineRecordId, place }: FoundLine): void {
  const { processingBoundSeconds } = environment.settings.inventoryVisibility;
  const from = verdictFrom(place, processingBoundSeconds * 1_000) ?? 0;
  const now = layer.parts.runtime.clock.now();
  if (now > from) return;
  const instant = new Date(from).toISOString();
  throw new ApiError('NotAllowedNow', {
    detail:
      `Line ${lineRecordId} can be judged from ${instant} on: until then its last attempt, whose token is valid ` +
      'so long, may still be applied by Inventory Visibility. No line was judged.',
    target: 'lines',
    extensions: { verdictFrom: instant },
    headers: { 'retry-after': String(Math.ceil((from - now) / 1_000) + 1) },
  });
}

function leftAlone(
  { lineRecordId, batch }: JudgedLine,
  known: FoundLine | undefined,
  { verdict }: VerdictOrder,
): RedriveResult {
  if (known === undefined)
    return { lineRecordId, outcome: 'notFound', message: 'No such line is known in this environment.' };
  const { place } = known;
  const step = place.redrives.findIndex(({ from }) => from.seq === batch);
  const taken = place.redrives[step];
  if (taken)
    return doneBefore(
      lineRecordId,
      { note: taken.note, place: place.redrives[step + 1]?.from ?? place },
      verdict,
    );
  const now = place.parked
    ? `parked in batch ${place.seq} (${place.parked.entry.reason})`
    : `${statusAt(place)}, in batch ${place.seq}`;
  return {
    lineRecordId,
    outcome: 'notParked',
    batch: place.seq,
    message: `It does not wait for a verdict in batch ${batch}: it is ${now}. Read the line again.`,
  };
}
