/** Notes the interesting states of a run as they are reached. */
import {
  documentOf,
  isRedrive,
  journalPart,
  linesOfBatch,
  outcomeLines,
  parkedLinesOf,
} from '../checker/rawRows.ts';
import { LOG_TABLE, type Package, type Sync } from '../checker/logView.ts';
import { ENDS } from '../checker/retentionChecks.ts';
import { NO_FAULTS } from '../engine/faults.ts';
import type { Process } from '../engine/process.ts';
import type { Change } from '../memoryTableStore.ts';
import type { Row } from '../../../shared/tables/tableStore.ts';
import type { World } from '../world.ts';

const DAY = 24 * 3_600_000;

export function countInterestingStates(world: World): void {
  countFaults(world);
  countWrites(world);
  countQueue(world);
  const { sometimes } = world;
  for (const { inventoryVisibility, supplyChain } of world.environments) {
    inventoryVisibility.onExpired = () => sometimes.note('zombie: its call met an expired token');
    inventoryVisibility.onKnown = (refused) =>
      sometimes.note(
        refused === 'refused' ? 'sync: known event refused' : 'sync: call with a known event refused',
      );
    supplyChain.onTrouble = (what) =>
      sometimes.note(
        (
          {
            importedTwice: 'scm: import run again by itself',
            failed: 'scm: import failed as a whole',
            canceled: 'scm: import canceled half-way',
            partial: 'scm: import in parts with errors',
            expired: 'zombie: its call met an expired token',
            beyondToken: 'scm: package worked on beyond its token',
            metAgain: 'scm: line met by a second submission',
            linesDeleted: 'scm: lines deleted after posting',
          } as const
        )[what],
      );
  }
}

function countFaults({ engine, sometimes }: World): void {
  engine.onFault = (fault, { port, label }) => {
    if (fault.kind === 'failAfter' && label.includes('i:batch~'))
      sometimes.note('append: acknowledgement lost');
    if (fault.kind.startsWith('crash')) sometimes.note('instance crashed');
    if (fault.kind.startsWith('pause') && fault.milliseconds > DAY)
      sometimes.note('instance paused for more than a day');
    if (port !== 'iv' || label === 'iv token') return;
    if (fault.kind === 'failAfter' || fault.kind === 'crashAfter') sometimes.note('sync: answer lost');
    if (fault.kind === 'odd') sometimes.note('sync: some results missing or failed');
  };
}

function countWrites(world: World): void {
  const { sometimes, tables, engine } = world;
  const check = tables.observe;
  const appendedBy = new Map<string, Process>();
  const attempts = new Map<string, string>();
  let writer: Process | undefined;
  /** When retention last removed a batch. */
  let lastRemoval = 0;
  world.watcher = {
    writing: (process) => (writer = process),
    refused: (process, label) => {
      if (label.includes('i:batch~')) {
        sometimes.note('append: another instance was first');
        if (process.sleptThrough(lastRemoval)) sometimes.note('retention: a writer woke past it');
      }
      if (label.includes('u:package~') && label.includes('u:outcome~'))
        sometimes.note('package: stale answer discarded');
      if (process.pauses === 0) return;
      sometimes.note('zombie: its transaction was refused');
      if (label.includes('i:aggregated~')) sometimes.note('zombie: its seal was refused');
    },
    landedLate: (refused) =>
      sometimes.note(refused ? 'write landed late and was refused' : 'write landed late'),
  };
  const noteChange = (partitionKey: string, { operation, before, after }: Change): void => {
    const [prefix = '', number = ''] = operation.rowKey.split('~');
    if (prefix === 'checkpoint') sometimes.note(after ? 'checkpoint written' : 'checkpoint removed');
    if (after === undefined) {
      if (prefix === 'batch') {
        sometimes.note('retention: batch removed');
        if (engine.faults !== NO_FAULTS) sometimes.note('retention: batch removed amid faults');
        lastRemoval = engine.now;
      }
      if (prefix === 'journal') sometimes.note('retention: given-up attempt removed');
      return;
    }
    if (prefix === 'retention') noteKeptRuns(world, partitionKey, before, after);
    if (prefix === 'audit') sometimes.note('audit: made');
    if (prefix === 'parked' && before !== undefined) {
      const verdict = parkedLinesOf(after).redrives.at(-1)?.verdict;
      if (verdict === undefined) sometimes.note('redrive: line driven again');
      else
        sometimes.note(verdict === 'applied' ? 'redrive: verdict applied' : 'redrive: verdict not applied');
      return;
    }
    if (prefix === 'outcome' && before !== undefined) noteDecisions(world, before, after);
    const place = `${partitionKey}~${number}`;
    if (prefix === 'batch') {
      if (writer) appendedBy.set(place, writer);
      const requests = new Set(linesOfBatch(after).map(({ id }) => id.split('-')[0]));
      if (requests.size > 1) sometimes.note('append: several requests in one batch');
    } else if (prefix === 'sync') noteSync(world, before, documentOf(after) as unknown as Sync);
    else if (prefix === 'posted') {
      const sync = tables.get(LOG_TABLE, partitionKey, `sync~${number}`);
      const inline = sync && (documentOf(sync) as unknown as Sync).inline;
      if (inline && appendedBy.get(place) !== writer) sometimes.note('sync: inline one continued by another');
    } else if (prefix === 'parked' && number.startsWith('r')) {
      sometimes.note('run: lines that no journal takes');
    } else if (prefix === 'parked' && /^\d/.test(number)) {
      const batch = tables.get(LOG_TABLE, partitionKey, `batch~${number}`);
      if (batch && isRedrive(batch)) sometimes.note('redrive: driven again and refused again');
      const { excluded } = documentOf(after) as { excluded: { reason: string }[] };
      for (const { reason } of excluded)
        sometimes.note(reason === 'refused' ? 'sync: parked as refused' : 'sync: parked as unknown');
    } else if (prefix === 'journal') {
      const attempt = operation.rowKey.split('~')[2] ?? '';
      if ((attempts.get(place) ?? attempt) !== attempt) sometimes.note('run: two instances computed it');
      attempts.set(place, attempt);
      const journal = journalPart(after);
      if (journal.kind === 'doNotSync') sometimes.note('run: line not synchronized, sum zero');
      if (journal.kind === 'held') sometimes.note('run: line held');
      if (journal.lines.some(({ direction }) => direction < 0)) sometimes.note('run: opposite direction');
    } else if (prefix === 'run') {
      const { status, batches } = documentOf(after) as { status: string; batches: unknown[] };
      if (status === 'Committed' && batches.length > 1) sometimes.note('run: several batches');
    } else if (prefix === 'package' && before !== undefined)
      notePackage(world, documentOf(before) as never, documentOf(after) as never);
  };
  tables.observe = (table, partitionKey, changes) => {
    check(table, partitionKey, changes);
    if (table === LOG_TABLE) for (const change of changes) noteChange(partitionKey, change);
  };
}

function noteSync({ sometimes }: World, before: Change['before'], after: Sync): void {
  if (before === undefined) {
    if (after.inline) sometimes.note('sync: inline');
    if (after.calls.length > 1) sometimes.note('sync: several calls in one');
    return;
  }
  const old = documentOf(before) as unknown as Sync;
  const added = after.excluded.slice(old.excluded.length);
  for (const { event, reason } of added) {
    const call = old.calls.find(({ from, to }) => from <= event && event < to);
    if (reason === 'refused' && call && call.to - call.from === 1 && call.attempts.length > 1)
      sometimes.note('sync: bisection isolated a line');
  }
}

function noteDecisions({ sometimes }: World, before: Row, after: Row): void {
  const old = outcomeLines(before);
  outcomeLines(after).forEach(({ decisions = [] }, position) => {
    for (const { kind, correction, verdict } of decisions.slice(old[position]?.decisions?.length ?? 0)) {
      if (kind === 'resend') sometimes.note(correction ? 'decision: corrected' : 'decision: sent again');
      if (kind === 'close') sometimes.note('decision: closed');
      if (kind === 'reverse') sometimes.note('decision: reversed');
      if (kind === 'judge')
        sometimes.note(verdict === 'posted' ? 'decision: judged posted' : 'decision: judged not posted');
    }
  });
}

/** Runs that retention has just found not to be over. */
function noteKeptRuns(
  { sometimes, tables }: World,
  partitionKey: string,
  before: Change['before'],
  after: Row,
): void {
  const keptIn = (row: Row): readonly number[] => (documentOf(row) as { kept: number[] }).kept;
  const known = new Set(before && keptIn(before));
  for (const number of keptIn(after)) {
    if (known.has(number)) continue;
    const from = `package~${String(number).padStart(8, '0')}~`;
    for (const row of tables.query(LOG_TABLE, partitionKey, { from, before: `${from}~` })) {
      const outcome = tables.get(LOG_TABLE, partitionKey, row.rowKey.replace('package~', 'outcome~'));
      const isOver = outcome && outcomeLines(outcome).every(({ status }) => ENDS.has(status));
      if (isOver && (documentOf(row) as unknown as Package).status !== 'Settled')
        sometimes.note('retention: kept what is over in a package that is not settled');
    }
  }
}

type StoredPackage = Package & { readonly failures: number };

function notePackage({ sometimes }: World, before: StoredPackage, after: StoredPackage): void {
  if (after.status === 'Queued' && after.failures > before.failures)
    sometimes.note('package: no effect, postponed');
  const answered = after.submissions.findIndex(
    ({ messageId }, index) =>
      messageId !== undefined && before.submissions[index] && !before.submissions[index].messageId,
  );
  if (answered >= 0 && answered < after.submissions.length - 1)
    sometimes.note('package: answer to an earlier submission');
  if (answered >= 0 && before.status === 'Settled') sometimes.note('package: answer when it was settled');
  const last = after.submissions.at(-1)?.result;
  if (before.status === 'Sending' && after.status === 'Sending' && last === 'sending')
    sometimes.note('package: outcome unknown, waited');
  if (last === 'lost' && before.submissions.at(-1)?.result !== 'lost')
    sometimes.note('package: sent again as lost');
  if (after.status === 'Unknown' && before.status !== 'Unknown')
    sometimes.note('package: left to a human as unknown');
}

function countQueue(world: World): void {
  const { queue, sometimes, tables } = world;
  queue.onTrouble = (what) =>
    sometimes.note(
      (
        {
          lost: 'queue: message lost',
          doubled: 'queue: message doubled',
          late: 'queue: message late',
          redelivered: 'queue: message redelivered',
          deadLettered: 'queue: message dead-lettered',
          completionLost: 'queue: completion lost',
        } as const
      )[what],
    );
  const deliver = queue.deliver;
  queue.deliver = (body, done) => {
    const { environmentId, organizationKey, run, package: number } = body as Record<string, string | number>;
    const partitionKey = `${String(environmentId).toUpperCase()}~${organizationKey}`;
    const from = `package~${String(run).padStart(8, '0')}~`;
    for (const row of tables.query(LOG_TABLE, partitionKey, { from, before: `${from}~` })) {
      if (!row.rowKey.endsWith(`~${String(number).padStart(5, '0')}`)) continue;
      const { status } = documentOf(row) as unknown as Package;
      if (!['Created', 'Queued'].includes(status))
        sometimes.note('queue: message for a package already sent');
      else if (world.stoppedSince !== undefined) sometimes.note('package: stopped by the emergency stop');
    }
    return deliver(body, done);
  };
}
