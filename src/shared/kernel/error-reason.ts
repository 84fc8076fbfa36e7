// Why something failed, for a log line.

/** "connect ECONNREFUSED 127.0.0.1:8000" rather than fetch's "fetch failed". */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message;
}
