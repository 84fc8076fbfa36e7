// Work on many things at once, but not on all of them: a bound for sockets. Knows nothing of what is done.

/** Runs `work` for each item, at most `limit` at a time; results in the order of the items. Rejects with the first rejection. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const remaining = items.entries();
  async function worker(): Promise<void> {
    for (const [index, item] of remaining) results[index] = await work(item);
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
