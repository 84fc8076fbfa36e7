// A thread that scrapes as Prometheus does, so often. Started by metrics-scrape.bench.ts.
import { setTimeout as sleep } from "node:timers/promises";
import { workerData } from "node:worker_threads";

const { url, times, betweenMs } = workerData as { readonly url: string; readonly times: number; readonly betweenMs: number };

for (let scrape = 0; scrape < times; scrape += 1) {
  await (await fetch(url)).text();
  await sleep(betweenMs);
}
