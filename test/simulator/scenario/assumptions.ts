/**
 * What the product has to assume about the world, and what happens where that is not so. Each scenario sends one line on
 * its way, with one fault, twice: into a world that is as assumed, where nothing may go wrong, and into one that is not.
 */
import type { Fault } from '../engine/faults.ts';
import { type OtherWorld, runSweep } from './sweep.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Assumption {
  readonly name: string;
  /** The call that meets the fault: the beginning of its label. */
  readonly call: string;
  readonly fault: Fault | undefined;
  readonly asAssumed: OtherWorld;
  readonly broken: OtherWorld;
  /** What the checker says where it is broken. */
  readonly consequence: RegExp;
}

const LOST: Fault = { kind: 'failAfter', milliseconds: 0 };

export const ASSUMPTIONS: readonly Assumption[] = [
  {
    name: 'Inventory Visibility remembers event ids for as long as the settings say',
    call: 'iv post',
    fault: LOST,
    asAssumed: {},
    broken: { inventoryVisibility: { rememberedMs: 500 } },
    consequence: /Inventory Visibility applies event .* again/,
  },
  {
    name: 'Inventory Visibility refuses a token that has expired',
    call: 'iv post',
    fault: { kind: 'pauseBefore', milliseconds: 3 * DAY },
    asAssumed: {},
    broken: { inventoryVisibility: { endsTokens: false } },
    consequence: /Inventory Visibility applies event .* again/,
  },
  {
    name: 'SCM keys lines by our id, when it imports a package a second time by itself',
    call: 'scm send',
    fault: undefined,
    asAssumed: { imports: { importedTwice: 1 } },
    broken: { imports: { importedTwice: 1 }, supplyChain: { upserts: false } },
    consequence: /the ERP took line .* a second time: as a further line/,
  },
  {
    name: 'SCM keys lines by our id, when a package is sent again because its import did not begin for hours',
    call: 'scm send',
    fault: LOST,
    asAssumed: { supplyChain: { importDelayMs: 3 * HOUR } },
    broken: { supplyChain: { importDelayMs: 3 * HOUR, upserts: false } },
    consequence: /the ERP took line .* a second time: as a further line/,
  },
  {
    name: 'SCM keeps the lines of posted journals, where the settings say so',
    call: 'scm send',
    fault: LOST,
    asAssumed: {},
    broken: { supplyChain: { deletesLinesAfterPosting: true } },
    consequence: /the ERP took line .* a second time: created again after it was deleted/,
  },
  {
    name: 'Storage keeps what it has acknowledged, or loses it while an instance is at work that has seen it',
    call: 'transact',
    fault: undefined,
    asAssumed: {},
    broken: { storageGoesBack: true },
    consequence: /acknowledged line 1-1 is gone/,
  },
];

/** What the checker said against the run; undefined when all was well. */
export async function tryAssumption(
  { call, fault }: Assumption,
  others: OtherWorld,
): Promise<string | undefined> {
  const { scenario } = await runSweep('tiny', new Map());
  const site = scenario.find(({ label }) => label.startsWith(call));
  if (site === undefined) throw new Error(`the scenario makes no call ${call}`);
  const script = new Map(fault ? [[site.number, fault] as const] : []);
  return (await runSweep('tiny', script, { others })).failure?.message;
}
