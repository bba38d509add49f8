/**
 * What must hold at rest, with all faults over: nothing is on its way any more, and every quantity that was accepted
 * is where the books say it is.
 */
import { Violation } from '../engine/violation.ts';
import type { ClientRecord } from './answers.ts';
import { isSameContent } from './answers.ts';
import { folded, recordIdOf, scaled } from './arithmetic.ts';
import { type CheckedLog, checkLogs, type Evidence, storedLine } from './checker.ts';
import { attemptName, presentPlace } from './logView.ts';
import { isRedrive, linesOfBatch } from './rawRows.ts';

export interface RestExpectations {
  /** Whether a package may be left to a human, where SCM does not hold all of its lines and has not said why. */
  readonly mayBeUnknown: boolean;
  /** Whether acknowledged lines may be gone, because storage went back in time. */
  readonly mayHaveLostLines: boolean;
}

/** What is not finished yet; empty at rest. */
export function unfinished(world: Evidence, logs = checkLogs(world)): string[] {
  const open: string[] = [];
  for (const { view, aggregates, erpLines } of logs) {
    for (const [seq, states] of view.states)
      if (states[0]?.state !== 'aggregated')
        open.push(`${view.partitionKey} batch ${seq} is ${states[0]?.state}`);
    for (const [number, { status, commit }] of view.runs) {
      if (status !== 'Committed') open.push(`${view.partitionKey} run ${number} is ${status}`);
      const packages = [...view.packages].filter(([key]) =>
        key.startsWith(attemptName(number, commit?.attempt ?? '')),
      );
      for (const [key, pack] of packages)
        if (pack.status !== 'Settled' && pack.status !== 'Unknown')
          open.push(`package ${key} is ${pack.status}`);
      if (view.openRuns.has(number) && packages.every(([, pack]) => pack.status === 'Settled'))
        open.push(`${view.partitionKey} run ${number} is not closed`);
    }
    for (const [name, { status, pack, journal }] of aggregates) {
      // A line that was posted and deleted can be told from one that was deleted unposted only where lines are known to go.
      const isGone = erpLines.get(name)?.deleted ?? false;
      const goes = pack?.submissions.some(({ target }) => target.linesDeletedAfterPosting === 'yes') ?? false;
      if (status === undefined || pack === undefined) continue;
      if (['Created', 'Queued', 'Sending'].includes(pack.status))
        open.push(`${name} is in a package ${pack.status}`);
      else if (pack.status !== 'Unknown' && ['Created', 'FnOSyncEnqueued'].includes(status.status))
        open.push(`${name} is ${status.status} in a package ${pack.status}`);
      else if (
        journal.targetStatus === 'Posted' &&
        (goes || !isGone) &&
        ['FnOTransCreated', 'FnOTransPostError'].includes(status.status)
      )
        open.push(`${name} is to be posted and is ${status.status}`);
    }
  }
  return open;
}

/** @throws Violation */
export function checkRest(world: Evidence, clients: ClientRecord, expected: RestExpectations): void {
  const logs = checkLogs(world);
  const open = unfinished(world, logs);
  if (open.length > 0) throw new Violation(`not at rest: ${open.slice(0, 5).join('; ')}`);
  for (const log of logs) {
    checkConservation(log);
    checkFinalStates(log, expected);
    for (const [id, place] of log.places) {
      const stored = storedLine(log.view, place);
      if (!clients.sent.get(id)?.some((line) => isSameContent(line, stored)))
        throw new Violation(`${log.view.partitionKey}: line ${stored.id} is not what any client sent`);
    }
  }
  if (expected.mayHaveLostLines) return;
  for (const [id, line] of clients.acknowledged) {
    const log = logs.find(({ places }) => places.has(id));
    const place = log?.places.get(id);
    if (log === undefined || place === undefined) throw new Violation(`acknowledged line ${line.id} is gone`);
    if (!isSameContent(line, storedLine(log.view, place)))
      throw new Violation(`acknowledged line ${line.id} was changed`);
  }
}

interface Books {
  accepted: bigint;
  cached: bigint;
  parkedByCache: bigint;
  parked: bigint;
  erp: bigint;
  held: bigint;
  notSynchronized: bigint;
  failed: bigint;
  unknown: bigint;
}

/** Per product and measure: accepted = cached + parked, and accepted = in the ERP + held + not synchronized + parked. */
function checkConservation({ view, environment, runs, aggregates, erpLines }: CheckedLog): void {
  const books = new Map<string, Books>();
  const bookOf = (productId: string, source: string, measure: string): Books => {
    const key = folded(`${productId}~${source}~${measure}`);
    let book = books.get(key);
    if (book === undefined) {
      const none = 0n;
      book = {
        accepted: none,
        cached: none,
        parkedByCache: none,
        parked: none,
        erp: none,
        held: none,
        notSynchronized: none,
        failed: none,
        unknown: none,
      };
      books.set(key, book);
    }
    return book;
  };
  for (const [seq, row] of view.batches)
    linesOfBatch(row).forEach((line, position) => {
      if (isRedrive(row)) return;
      const book = bookOf(line.productId, line.quantityDataSource, line.physicalMeasure);
      const quantity = scaled(line.quantity);
      const present = presentPlace(view, { seq, position });
      book.accepted += quantity;
      const reason = view.parked.get(present.seq)?.get(present.position);
      const name = `${present.seq}/${present.position}`;
      const unfolded = [...runs.values()].some(({ unfoldable }) => unfoldable.has(name));
      if (reason !== undefined || unfolded) book.parked += quantity;
      if (reason !== undefined) book.parkedByCache += quantity;
      if (reason !== undefined) return;
      const id = recordIdOf(view.environmentId, line.organizationId, line.id);
      const event = environment.inventoryVisibility.applied.get(id)?.event;
      if (event) book.cached += scaled(event.quantity);
    });
  for (const [name, { line, journal, status, pack }] of aggregates) {
    const book = bookOf(line.productId, line.dataSource, line.physicalMeasure);
    const quantity = scaled(line.quantity);
    const erp = erpLines.get(name);
    if (journal.kind === 'held') book.held += quantity;
    else if (journal.kind === 'doNotSync') book.notSynchronized += quantity;
    else if (status?.status === 'FnOTransCreateError') book.failed += quantity;
    else if (status?.status === 'DoNotSync' && erp === undefined) book.notSynchronized += quantity;
    else if (pack?.status === 'Unknown' && erp === undefined) book.unknown += quantity;
    else if (erp) book.erp += scaled(erp.row['INVENTORYQUANTITY'] ?? '') * BigInt(line.direction);
  }
  for (const [key, book] of books) {
    const cachedAndParked = book.cached + book.parkedByCache;
    if (book.accepted !== cachedAndParked)
      throw new Violation(
        `${view.partitionKey} ${key}: accepted ${book.accepted}, cached and parked ${cachedAndParked}`,
      );
    const accounted = book.erp + book.held + book.notSynchronized + book.failed + book.unknown + book.parked;
    if (book.accepted !== accounted)
      throw new Violation(
        `${view.partitionKey} ${key}: accepted ${book.accepted}, in the ERP ${book.erp}, held ${book.held}, not ` +
          `synchronized ${book.notSynchronized}, failed ${book.failed}, unknown ${book.unknown}, parked ${book.parked}`,
      );
  }
}

/** What a line is called at the end, and where it then is. */
function checkFinalStates({ view, aggregates, erpLines }: CheckedLog, expected: RestExpectations): void {
  for (const [name, { status, pack }] of aggregates) {
    if (status === undefined) continue;
    const erp = erpLines.get(name);
    if (status.status === 'FnOTransCreateError' && erp !== undefined)
      throw new Violation(`${view.partitionKey} ${name} is FnOTransCreateError and stands in the ERP`);
    if (status.status === 'DoNotSync' && erp !== undefined && !erp.deleted)
      throw new Violation(
        `${view.partitionKey} ${name} was closed and stands in the ERP, and nobody has noticed`,
      );
    if (pack?.status !== 'Unknown') continue;
    const isUnseen = status.status === 'Created' || status.status === 'FnOSyncEnqueued';
    if (!expected.mayBeUnknown || (isUnseen && erp !== undefined && !erp.deleted))
      throw new Violation(`${view.partitionKey} ${name} was left to a human, and all could be known`);
  }
}
