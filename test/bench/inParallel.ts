/** A fixed amount of work by a fixed number of workers, and how long it took. */

/** Does `work` on every item, `workers` at a time. @returns seconds from the first beginning to the last end */
export async function inParallel<Item>(
  items: readonly Item[],
  workers: number,
  work: (item: Item) => Promise<void>,
): Promise<number> {
  const left = items.values();
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (const item of left) await work(item);
    }),
  );
  return (performance.now() - begin) / 1000;
}
