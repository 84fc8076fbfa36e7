// Why something failed, for a log line or a sentence.

/** "connect ECONNREFUSED 127.0.0.1:8000" rather than fetch's "fetch failed". */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message;
}

/** Why `fetch` with `AbortSignal.timeout(timeoutMs)` got no answer, in a word: `ECONNREFUSED`, or `no answer within 4 s`. */
export function fetchFailure(error: unknown, timeoutMs: number): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === "TimeoutError") return `no answer within ${timeoutMs / 1_000} s`;
  return cause?.code ?? cause?.message ?? message;
}
