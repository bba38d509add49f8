/** Asks the simulated Dynamics side what it has counted, for the items of one day. */
import type { Place, Totals } from './balance.ts';

/** @param tag of the day's items, see day.ts. @throws Error when the simulator does not answer */
export async function readTotals(dynamicsUrl: string, tag: string): Promise<Totals> {
  const response = await fetch(`${dynamicsUrl}/control/totals`, { signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new Error(`${dynamicsUrl}/control/totals answered ${response.status}`);
  const totals = (await response.json()) as Totals;
  const isOwn = ({ productId }: Place): boolean => productId.endsWith(`-${tag}`);
  return {
    inventoryVisibility: totals.inventoryVisibility.filter(isOwn),
    supplyChain: totals.supplyChain.filter(isOwn),
  };
}
