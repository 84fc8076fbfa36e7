// How far the emptying of a node is.
import { inLanguage, language } from "../common/language.ts";
import { formatTime } from "../common/time-format.ts";
import { Note } from "../common/ui/badge.tsx";
import type { NodeLive } from "../../shared/protocol/cluster-live.ts";
import type { Cluster } from "./cluster-context.ts";
import { detailsTexts } from "./details-texts.ts";
import { nodeTexts } from "./node-texts.ts";

/** In a row: who is left. */
export function DrainLeft({ node }: { readonly node: NodeLive }) {
  if (node.status !== "draining") return null;
  return <span class="soft small numbers">{inLanguage(nodeTexts).leftThere(node.current_connections, node.origin_streams)}</span>;
}

/** In the details: a bar, who is left, and by when. */
export function DrainProgress({ cluster, node }: { readonly cluster: Cluster; readonly node: NodeLive }) {
  const texts = inLanguage(detailsTexts);
  if (node.status === "drained")
    return (
      <Note tone="good" icon="check">
        {texts.drainedNow}
      </Note>
    );
  if (node.status !== "draining") return null;
  const all = Math.max(cluster.store.viewersAtDrain(node.node_id) ?? 0, node.current_connections);
  const gone = all - node.current_connections;
  const deadlineMs = node.drain_deadline === null ? undefined : Date.parse(node.drain_deadline);
  const time = deadlineMs === undefined ? "" : formatTime(deadlineMs, language(), { seconds: true });
  const isOverdue = deadlineMs !== undefined && cluster.live.now.value > deadlineMs + 10_000;
  return (
    <div class={`note drain-progress ${isOverdue ? "warn" : ""}`}>
      <div>
        <p>
          <strong class="numbers">{inLanguage(nodeTexts).leftThere(node.current_connections, node.origin_streams)}</strong>
          {time !== "" && <span class="numbers"> – {isOverdue ? texts.overdue(time) : texts.until(time)}</span>}
        </p>
        {all > 0 && (
          <>
            <progress max={all} value={gone} aria-label={texts.progress(gone, all)} />
            <p class="small numbers">{texts.progress(gone, all)}</p>
          </>
        )}
      </div>
    </div>
  );
}
