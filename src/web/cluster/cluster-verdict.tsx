// How the cluster is, in a sentence, and what is to be done. What else there is to say stands below it.
import { useComputed } from "@preact/signals";
import { inLanguage } from "../common/language.ts";
import { Icon, type IconName } from "../common/ui/icon.tsx";
import type { Cluster } from "./cluster-context.ts";
import { clusterTexts } from "./cluster-texts.ts";
import { findings, findingTone, type FindingTone } from "./verdict.ts";
import { verdictTexts, type FindingWords } from "./verdict-texts.ts";

/** Slaves report every 5 s unless told otherwise, and are silent for two reports before anybody minds. */
const settlingMs = 15_000;
const icons = { bad: "alert", warn: "alert", plain: "clock" } as const satisfies Record<FindingTone, IconName>;

/** Whether the master started so long ago that its slaves have reported again. */
export function isSettled({ store, live }: Cluster): boolean {
  const started = store.events.value.find(({ kind }) => kind === "master_started");
  return started === undefined || live.now.value - Date.parse(started.at) > settlingMs;
}

interface Said {
  readonly tone: FindingTone | "good";
  readonly words: FindingWords;
}

function said(cluster: Cluster): readonly Said[] {
  const { nodes, totals, facts } = cluster.store;
  const texts = inLanguage(verdictTexts);
  if (totals.value === undefined || facts.value === undefined) return [];
  const { steps, overloadPolicy, version } = facts.value;
  const busy = { busyCpu: cluster.store.busyNodes("cpu", Date.now()), busyMemory: cluster.store.busyNodes("memory", Date.now()) };
  const look = {
    nodes: nodes.value,
    totals: totals.value,
    steps,
    overloadPolicy,
    masterVersion: version,
    events: cluster.store.events.value,
    // Also asks again as time goes on.
    nowMs: cluster.live.now.value,
    settled: isSettled(cluster),
    ...busy,
  };
  const all = findings(look).map((finding) => ({ tone: findingTone(finding.kind), words: texts.words(finding) }));
  // Hints do not spoil that all is well.
  const isWell = all.every(({ tone }) => tone === "plain") && !look.nodes.every(({ status }) => status === "registering");
  return isWell ? [{ tone: "good", words: texts.allWell }, ...all] : all;
}

export function ClusterVerdict({ cluster }: { readonly cluster: Cluster }) {
  // Drawn again only when the words change, not at each heartbeat.
  const text = useComputed(() => JSON.stringify(said(cluster)));
  const [first, ...more] = JSON.parse(text.value) as readonly Said[];
  if (first === undefined) return null;
  return (
    <section class={`verdict ${first.tone}`} id="verdict" data-tone={first.tone}>
      <Icon name={first.tone === "good" ? "check" : icons[first.tone]} />
      <div>
        <h1 id="verdict-title">{first.words.title}</h1>
        <p>{first.words.advice}</p>
        {more.length > 0 && (
          <ul class="also" aria-label={inLanguage(clusterTexts).also}>
            {more.map(({ tone, words }) => (
              <li key={words.title} class={tone}>
                <Icon name={tone === "plain" || tone === "good" ? "dot" : "alert"} />
                <span>
                  <strong>{words.title}</strong> <span class="soft">{words.advice}</span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}
