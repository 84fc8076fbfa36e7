// One GET that never rejects: what answered, or why nothing did. Follows no redirects, reads little.
import { fetchFailure } from "../../shared/kernel/error-reason.ts";

export interface Look {
  /** Undefined when nothing answered; then `why` says it. */
  readonly status: number | undefined;
  readonly why: string;
  /** The answer where it is JSON. */
  readonly body: unknown;
  /** What to add to this machine's clock to get the other one's, and how far off that may be, ms. */
  readonly skew: { readonly ms: number; readonly errorMs: number } | undefined;
}

const maxBodyBytes = 64 * 1024;

export async function lookAt(url: string, timeoutMs: number, wallMs: () => number = Date.now): Promise<Look> {
  const before = wallMs();
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
    const after = wallMs();
    // The Date header (RFC 9110 §6.6.1) counts whole seconds: half a second more is the best guess.
    const date = Date.parse(response.headers.get("date") ?? "") + 500;
    const errorMs = 500 + (after - before) / 2;
    return {
      status: response.status,
      why: "",
      body: await readJson(response),
      skew: Number.isNaN(date) ? undefined : { ms: date - (before + after) / 2, errorMs },
    };
  } catch (error) {
    return { status: undefined, why: fetchFailure(error, timeoutMs), body: undefined, skew: undefined };
  }
}

async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined; // Something else than our API: the caller asks what it holds.
  }
}

/** Runs `task` for every item, at most `limit` at once; results in order. */
export async function mapLimited<Item, Result>(
  items: readonly Item[],
  limit: number,
  task: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await task(items[at] as Item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
