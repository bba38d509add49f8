/** What the ERP may hold: the lines of committed runs, with their quantities, each once. */
import { Violation } from '../engine/violation.ts';
import type { ErpLine } from '../models/supplyChainState.ts';
import { folded, keyOf, scaled } from './arithmetic.ts';
import type { KnownAggregate } from './runChecks.ts';

/**
 * The ERP holds nothing but what committed runs say, with their quantities, each once. `mayHoldLost`: storage went back in
 * time, so the ERP may hold lines of runs that are lost.
 */
export function checkErp(
  aggregates: ReadonlyMap<string, KnownAggregate>,
  lines: Iterable<ErpLine>,
  organizationKey: string,
  mayHoldLost: boolean,
): Map<string, ErpLine> {
  const found = new Map<string, ErpLine>();
  for (const line of lines) {
    if (keyOf(line.company) !== organizationKey) continue;
    // Lines that were sent again stand in journals of their own, whose keys end in the version.
    const [, first = '', version = ''] =
      /^(IV[^-]+-[^-]+-.{6})(.*)$/.exec(line.row['JOURNALNUMBER'] ?? '') ?? [];
    const name = `${first}/${line.row['LINENUMBER']}`;
    const fail = (what: string): never => {
      throw new Violation(`ERP line ${name} of ${line.company} (${line.id}): ${what}`);
    };
    const known = aggregates.get(name);
    if (known === undefined && mayHoldLost) continue;
    if (known === undefined) return fail('is not of a committed run');
    if (found.has(name)) fail('stands there under two ids');
    found.set(name, line);
    const asked = known.status?.decisions?.some(
      (each) => each.version?.toString(36).toUpperCase() === version,
    );
    if (version !== '' && !asked) fail('was sent again, and nobody asked for it');
    if (line.creations !== 1) fail(`came into being ${line.creations} times`);
    if (
      scaled(line.row['INVENTORYQUANTITY'] ?? '') !==
      scaled(known.line.quantity) * BigInt(known.line.direction)
    )
      fail(`has ${line.row['INVENTORYQUANTITY']}, the run says ${known.line.quantity}`);
    if (folded(line.row['ITEMNUMBER'] ?? '') !== folded(known.line.productId)) fail('is of another item');
    if (
      (line.row['INVENTORYSITEID'] ?? '') !==
      (known.line.dimensions.find(([base]) => base === 'SiteId')?.[1] ?? '')
    )
      fail('is of another site');
  }
  for (const [name, { status }] of aggregates) {
    const line = found.get(name);
    if (status === undefined) {
      if (line) throw new Violation(`ERP line ${name} was not to be synchronized`);
      continue;
    }
    if (
      ['FnOTransCreated', 'FnOTransPosted', 'FnOTransPostError'].includes(status.status) &&
      line === undefined
    )
      throw new Violation(`aggregated line ${name} is ${status.status} and was never in the ERP`);
    if (status.status === 'FnOTransPosted' && !line?.posted)
      throw new Violation(`aggregated line ${name} is FnOTransPosted and was not posted`);
  }
  return found;
}
