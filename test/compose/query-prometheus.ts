// An instant query to a Prometheus that runs somewhere.

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** @throws Error with what Prometheus says when it does not like the query. */
export async function queryPrometheus(port: number, expression: string): Promise<readonly Sample[]> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
  const answer = (await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).json()) as {
    readonly error?: string;
    readonly data?: { readonly result: readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[] };
  };
  if (answer.data === undefined) throw new Error(`${expression}: ${answer.error ?? "no answer"}`);
  return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}
