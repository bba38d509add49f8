/** Holds the stored rows, the other side's state and the clients' record against each other: the simulator's own checker. */
import { ClientRecord, findInRows } from '../simulator/checker/answers.ts';
import { recordIdOf, scaled } from '../simulator/checker/arithmetic.ts';
import { type CheckedLog, checkLogs, type Evidence, storedLine } from '../simulator/checker/checker.ts';
import { LOG_TABLE, type LogView } from '../simulator/checker/logView.ts';
import { outcomeLines } from '../simulator/checker/rawRows.ts';
import { checkRest } from '../simulator/checker/rest.ts';
import { Violation } from '../simulator/engine/violation.ts';
import { ENVIRONMENT_ID } from '../support/localSettings.ts';
import type { OtherSideState } from './dynamicsHistory.ts';
import type { SoakClients } from './soakClients.ts';
import type { SoakSystem } from './soakSystem.ts';
import { type StoredRows, storedRows } from './storedRows.ts';

/** Everything that can be looked at from outside, at one moment. */
export interface SoakEvidence extends Evidence {
  readonly tables: StoredRows;
  readonly dynamics: OtherSideState;
}

export async function gatherEvidence(system: SoakSystem): Promise<SoakEvidence> {
  const tables = await storedRows(system.tablesConnection, LOG_TABLE);
  const dynamics = await system.history.read();
  return {
    tables,
    dynamics,
    environments: [
      {
        id: ENVIRONMENT_ID,
        inventoryVisibility: { applied: dynamics.applied },
        supplyChain: { state: { lines: dynamics.lines } },
      },
    ],
    rewound: false,
  };
}

export interface SoakBooks {
  readonly accepted: number;
  readonly applied: number;
  readonly inErp: number;
  readonly parked: number;
  readonly journals: number;
  /** Aggregated lines that were sent, are not in the ERP, and of which nobody can say why. */
  readonly unknown: number;
}

/** All checks, at rest. @returns what was found wrong; empty when nothing was */
export function checkAtRest(evidence: SoakEvidence, clients: SoakClients): string[] {
  const violations: string[] = [...clients.unexpected.map((text) => `unexpected answer: ${text}`)];
  const guard = (check: () => void): void => {
    try {
      check();
    } catch (error) {
      violations.push(error instanceof Error ? error.message : String(error));
    }
  };
  const record = new ClientRecord(findInRows(evidence.tables));
  for (const { lines, validateOnly, answers } of clients.requests) {
    const attempt = record.begin(ENVIRONMENT_ID, lines, { validateOnly });
    for (const { answer, knownAtStart } of answers)
      guard(() => record.check({ ...attempt, knownAtStart }, answer));
  }
  guard(() => checkRest(evidence, record, { mayBeUnknown: true, mayHaveLostLines: false }));
  guard(() => checkRefused(clients, checkLogs(evidence)));
  guard(() => checkEvents(evidence, checkLogs(evidence)));
  return violations;
}

/** A request that was refused as a whole has left nothing behind. @throws Violation */
function checkRefused(clients: SoakClients, logs: readonly CheckedLog[]): void {
  const idsOf = ({ lines }: SoakClients['requests'][number]): string[] =>
    lines.map(({ organizationId, id }) => recordIdOf(ENVIRONMENT_ID, organizationId, id));
  const mayBeStored = new Set<string>();
  const refused = clients.requests.filter(({ answers }) =>
    answers.some(({ answer }) => answer.kind === 'invalid'),
  );
  for (const request of clients.requests)
    if (!refused.includes(request) && !request.validateOnly)
      for (const id of idsOf(request)) mayBeStored.add(id);
  for (const request of refused)
    for (const id of idsOf(request))
      if (!mayBeStored.has(id) && logs.some(({ places }) => places.has(id)))
        throw new Violation(`line ${id} is stored although its request was refused`);
}

/** Inventory Visibility applied accepted lines only, each as it was accepted. @throws Violation */
function checkEvents({ dynamics }: SoakEvidence, logs: readonly CheckedLog[]): void {
  for (const [id, { event }] of dynamics.applied) {
    const log = logs.find(({ places }) => places.has(id));
    const place = log?.places.get(id);
    if (log === undefined || place === undefined)
      throw new Violation(`Inventory Visibility applied event ${id} of no accepted line`);
    const line = storedLine(log.view, place);
    if (scaled(line.quantity) !== scaled(event.quantity) || line.productId !== event.productId)
      throw new Violation(`Inventory Visibility applied event ${id} with other content than was accepted`);
  }
}

/** How many lines are where. */
export function countLines(evidence: SoakEvidence): SoakBooks {
  const logs = checkLogs(evidence);
  const sum = (count: (log: CheckedLog) => number): number => logs.reduce((all, log) => all + count(log), 0);
  return {
    accepted: sum(({ places }) => places.size),
    applied: evidence.dynamics.applied.size,
    inErp: sum(({ aggregates, erpLines }) =>
      [...erpLines.keys()].reduce(
        (lines, name) => lines + (aggregates.get(name)?.line.sources.length ?? 0),
        0,
      ),
    ),
    parked: sum(({ view }) => [...view.parked.values()].reduce((lines, { size }) => lines + size, 0)),
    unknown: sum(
      ({ aggregates, erpLines }) =>
        [...aggregates].filter(([name, { pack }]) => pack?.status === 'Unknown' && !erpLines.has(name))
          .length,
    ),
    journals: sum(
      ({ aggregates }) => new Set([...aggregates.values()].map(({ journalKey }) => journalKey)).size,
    ),
  };
}

/** Every package with the status of its lines, as text. */
export function packagesText(evidence: SoakEvidence): string {
  const packages = checkLogs(evidence).flatMap(({ view }) =>
    [...view.packages].map(([key, pack]) => {
      const outcome = view.outcomes.get(key);
      return { log: view.partitionKey, key, ...pack, outcome: outcome && outcomeLines(outcome) };
    }),
  );
  return JSON.stringify(packages, undefined, 1);
}

const UNSEEN = ['Created', 'FnOSyncEnqueued'];

/**
 * Lines whose outcome is not known although it can be: SCM holds the line, or has acknowledged every submission that
 * carried it. One that was sent and never acknowledged, and is not in SCM, is rightly left to a human.
 */
export function unresolvedLines(evidence: SoakEvidence): string[] {
  return checkLogs(evidence).flatMap(({ aggregates, erpLines }) =>
    [...aggregates].flatMap(([name, { status, pack }]) => {
      if (pack?.status !== 'Unknown' || status === undefined || !UNSEEN.includes(status.status)) return [];
      const canBeKnown =
        erpLines.has(name) || pack.submissions.every(({ messageId }) => messageId !== undefined);
      return canBeKnown ? [`${name} is ${status.status} in a package Unknown`] : [];
    }),
  );
}

/**
 * Rows that differ in `after`, by partition and row key. Packages that were left to a human go on being polled, which writes
 * their rows anew: of those what is said of the lines is compared.
 */
export function changedRows(before: SoakEvidence, after: SoakEvidence): string[] {
  const polled = new Map<string, string>();
  for (const { view } of checkLogs(before))
    for (const [key, { status }] of view.packages) {
      if (status !== 'Unknown') continue;
      polled.set(`${view.partitionKey} package~${key}`, '');
      polled.set(`${view.partitionKey} outcome~${key}`, outcomeText(view, key));
    }
  const changed = [...after.tables.versions].flatMap(([row, version]) =>
    polled.has(row) || before.tables.versions.get(row) === version ? [] : [row],
  );
  for (const { view } of checkLogs(after))
    for (const key of view.packages.keys()) {
      const row = `${view.partitionKey} outcome~${key}`;
      if (polled.has(row) && polled.get(row) !== outcomeText(view, key)) changed.push(row);
    }
  return changed;
}

function outcomeText({ outcomes }: LogView, key: string): string {
  const row = outcomes.get(key);
  return row === undefined ? '' : JSON.stringify(outcomeLines(row));
}
