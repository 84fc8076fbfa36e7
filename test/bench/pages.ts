// How quick the student page is with a slow phone: until the form can be used, and until the picture moves.
import { launchChromium } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { startPublisher } from "../support/publisher.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { allCores, pin } from "./support/cpu.ts";
import { startBenchCluster } from "./support/bench-cluster.ts";
import { figure, percentile } from "./support/report.ts";
import { visitWithSlowPhone, type PhoneVisit } from "./support/slow-phone.ts";

export async function benchPages({ settings, closer, log }: BenchContext): Promise<PartResult> {
  const cluster = await startBenchCluster();
  closer.add("cluster", () => cluster.stop());
  // The class of the other parts, 1.6 Mbit/s, is as much as such a network carries: nobody could watch it there.
  const lesson = await cluster.createClass("small");
  const publisher = startPublisher(`rtmp://127.0.0.1:${cluster.rtmpPort}/live/${lesson.name}?key=${lesson.stream_key}`);
  closer.add("publisher", () => publisher.stop());
  await eventually("the class can be watched", async () => (await fetch((await cluster.token(lesson.name, "bench")).hls_url)).ok);
  // The browser stands for a machine of its own.
  await pin(process.pid, allCores);
  const browser = await launchChromium();
  closer.add("browser", () => browser.close());
  const visits: PhoneVisit[] = [];
  const visit = (): Promise<PhoneVisit> => visitWithSlowPhone(browser, `${cluster.masterUrl}/watch/${lesson.name}`);
  // The first page of a browser that was just started waits for the browser.
  await visit();
  for (let run = 0; run < settings.pageRuns; run += 1) {
    const seen = await visit();
    visits.push(seen);
    log(
      `form ${seen.formMs.toFixed(0)} ms, interactive ${seen.interactiveMs.toFixed(0)} ms, picture ${seen.pictureMs.toFixed(0)} ms after the press`,
    );
  }
  const of = (key: keyof PhoneVisit): number[] => visits.map((seen) => seen[key]);
  return {
    figures: {
      form_p50: figure(percentile(of("formMs"), 0.5), "ms", { digits: 0, note: "navigation start to the form painted; CPU / 6, slow 4G" }),
      interactive_p50: figure(percentile(of("interactiveMs"), 0.5), "ms", { digits: 0, note: "no task over 50 ms behind it" }),
      interactive_p95: figure(percentile(of("interactiveMs"), 0.95), "ms", { digits: 0, floor: { atMost: 2_000 } }),
      picture_p50: figure(percentile(of("pictureMs"), 0.5), "ms", {
        digits: 0,
        note: "from the press on the button to the first frame, 0.6 Mbit/s",
      }),
      picture_p95: figure(percentile(of("pictureMs"), 0.95), "ms", { digits: 0 }),
    },
    details: { visits },
  };
}
