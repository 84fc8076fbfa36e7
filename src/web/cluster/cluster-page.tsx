// The page for whoever runs the cluster: how it is, what to do, every slave, and what has happened.
import { useEffect, useMemo } from "preact/hooks";
import { signal } from "@preact/signals";
import { commonTexts } from "../common/common-texts.ts";
import { inLanguage, language } from "../common/language.ts";
import { formatTime } from "../common/time-format.ts";
import { Note } from "../common/ui/badge.tsx";
import { Toasts } from "../common/ui/toasts.tsx";
import type { Session } from "../sign-in/session.ts";
import { AddSheet, FirstSlave } from "./add-slave.tsx";
import type { Cluster } from "./cluster-context.ts";
import { openClusterLive } from "./cluster-live.ts";
import { createClusterStore } from "./cluster-store.ts";
import { clusterTexts } from "./cluster-texts.ts";
import { ClusterTimeline, NewsForScreenReaders } from "./cluster-timeline.tsx";
import { ClusterTotalsView } from "./cluster-totals.tsx";
import { ClusterTrends } from "./cluster-trends.tsx";
import { ClusterVerdict, isSettled } from "./cluster-verdict.tsx";
import { DrainDialog } from "./drain-dialog.tsx";
import { createNodeList } from "./node-list.ts";
import { NodeSection } from "./node-section.tsx";
import { NodeSheet } from "./node-sheet.tsx";

/** For as long as somebody is signed in. */
export function ClusterPage({ session }: { readonly session: Session }) {
  const cluster = useMemo<Cluster>(() => {
    const store = createClusterStore();
    return {
      store,
      live: openClusterLive(store, () => session.stillSignedIn()),
      list: createNodeList(store),
      api: session.api,
      sheet: signal(undefined),
      asked: signal(undefined),
    };
  }, [session]);
  useEffect(
    () => () => {
      cluster.live.close();
      cluster.list.close();
    },
    [cluster],
  );
  return <Parts cluster={cluster} />;
}

function Parts({ cluster }: { readonly cluster: Cluster }) {
  const { store, live } = cluster;
  const isLost = live.state.value === "lost";
  const isKnown = store.facts.value !== undefined;
  return (
    <main class={`cluster ${isLost ? "as-of" : ""}`} id="cluster" data-live={live.state.value}>
      {!isKnown && <Opening cluster={cluster} />}
      {isLost && <Lost cluster={cluster} />}
      {isKnown && (
        <>
          <ClusterVerdict cluster={cluster} />
          <ClusterTotalsView cluster={cluster} />
          <Nodes cluster={cluster} />
          <ClusterTrends cluster={cluster} />
          <ClusterTimeline cluster={cluster} />
        </>
      )}
      <NewsForScreenReaders cluster={cluster} />
      <Sheets cluster={cluster} />
      <DrainDialog cluster={cluster} />
      <Toasts />
    </main>
  );
}

/** Mostly too short to be seen. */
function Opening({ cluster }: { readonly cluster: Cluster }) {
  if (cluster.live.state.value === "lost") return null;
  return (
    <p class="opening soft" role="status">
      <span class="spinner" aria-hidden="true" /> {inLanguage(clusterTexts).connecting}
    </p>
  );
}

function Lost({ cluster }: { readonly cluster: Cluster }) {
  const texts = inLanguage(clusterTexts);
  const isKnown = cluster.store.facts.value !== undefined;
  const time = formatTime(cluster.live.heardAt.value, language(), { seconds: true });
  return (
    <div id="lost" class="lost">
      <Note tone="warn" icon="wifi" role="status">
        {isKnown && <strong class="numbers">{texts.lost(time)}. </strong>}
        {isKnown ? texts.lostMeans : inLanguage(commonTexts).unreachable}
      </Note>
    </div>
  );
}

function Nodes({ cluster }: { readonly cluster: Cluster }) {
  if (cluster.store.ids.value.length > 0) return <NodeSection cluster={cluster} />;
  return isSettled(cluster) ? <FirstSlave cluster={cluster} /> : null;
}

function Sheets({ cluster }: { readonly cluster: Cluster }) {
  const sheet = cluster.sheet.value;
  if (sheet === undefined) return null;
  if (sheet.kind === "add") return <AddSheet cluster={cluster} />;
  return <NodeSheet key={sheet.nodeId} cluster={cluster} nodeId={sheet.nodeId} />;
}
