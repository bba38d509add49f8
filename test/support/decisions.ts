/** Decisions about aggregated lines, made as operators make them, and where every unit is afterwards. */
import { closeLine } from '../../shared/decisions/closeLine.ts';
import type { DecisionAnswer } from '../../shared/decisions/decide.ts';
import {
  closeOrder,
  correctOrder,
  judgeOrder,
  resendOrder,
  reverseOrder,
} from '../../shared/decisions/decisionBody.ts';
import { judgeLine } from '../../shared/decisions/judgeLine.ts';
import { resendLine } from '../../shared/decisions/resendLine.ts';
import { reverseLine } from '../../shared/decisions/reverseLine.ts';
import { batchOf } from '../../shared/log/batchRow.ts';
import { isCommitted, readRun } from '../../shared/log/runRow.ts';
import { loadPackage } from '../../shared/posting/loadPackage.ts';
import { readAggregatedLine } from '../../shared/reading/readJournals.ts';
import { readLinesById } from '../../shared/reading/readLine.ts';
import { LOG, type ScriptedLayer } from './scriptedLayer.ts';

export type View = Record<string, unknown>;
export type Action = 'resend' | 'correct' | 'close' | 'judge' | 'reverse';

/** Id of the aggregated line that a posted line went into. */
export async function aggregatedIdOf(instance: ScriptedLayer, id: string): Promise<string> {
  const [view] = await readLinesById(instance.layer, await instance.environment(), id, undefined);
  return String((view?.['aggregatedLine'] as View | undefined)?.['lineRecordId']);
}

/** The page of the aggregated line that a posted line went into. */
export async function pageOf(instance: ScriptedLayer, id: string): Promise<View> {
  const lineId = await aggregatedIdOf(instance, id);
  return (await readAggregatedLine(instance.layer, await instance.environment(), lineId)) ?? {};
}

/** Decides about the aggregated line that the line with this id went into. */
export async function decideAbout(
  instance: ScriptedLayer,
  id: string,
  action: Action,
  body: unknown = {},
  { preview = false, by = 'operator' } = {},
): Promise<DecisionAnswer> {
  const { layer } = instance;
  const lineId = await aggregatedIdOf(instance, id);
  const call = { layer, environment: await instance.environment(), lineId, by, preview };
  const bytes = Buffer.from(JSON.stringify(body));
  switch (action) {
    case 'resend':
      return resendLine(call, resendOrder(bytes));
    case 'correct':
      return resendLine(call, correctOrder(bytes));
    case 'close':
      return closeLine(call, closeOrder(bytes));
    case 'judge':
      return judgeLine(call, judgeOrder(bytes));
    case 'reverse':
      return reverseLine(call, reverseOrder(bytes));
  }
}

export interface Balance {
  readonly accepted: number;
  readonly inErp: number;
  readonly doNotSync: number;
  /** In no run yet, or in a package and neither in the ERP nor closed. */
  readonly waiting: number;
}

/** Sums over everything: what was accepted, what the ERP holds by its own account, and what our rows say of the rest. */
export async function balanceOf(installation: ScriptedLayer): Promise<Balance> {
  const { tables, ends } = installation;
  let [accepted, doNotSync, waiting] = [0, 0, 0];
  for (const row of await installation.rows('batch~'))
    for (const { quantity } of batchOf(row).lines) accepted += Number(quantity);
  let aggregated = 0;
  for (const { rowKey } of await installation.rows('package~')) {
    const [, run = '', attempt = '', number = ''] = rowKey.split('~');
    const stored = await readRun(tables, LOG, Number(run));
    const counts = stored && isCommitted(stored) && stored.state.commit.attempt === attempt;
    const loaded = counts ? await loadPackage(tables, LOG, stored.number, Number(number)) : undefined;
    for (const [position, line] of loaded?.journals.flatMap(({ lines }) => lines).entries() ?? []) {
      const { status } = loaded?.outcome.outcome.line(position) ?? {};
      aggregated += Number(line.quantity);
      if (status === 'DoNotSync') doNotSync += Number(line.quantity);
      else if (!status?.startsWith('FnOTransPost') && status !== 'FnOTransCreated')
        waiting += Number(line.quantity);
    }
  }
  let inErp = 0;
  for (const { quantity } of ends.supplyChain.lines.values()) inErp += Number(quantity);
  return { accepted, inErp, doNotSync, waiting: waiting + accepted - aggregated };
}
