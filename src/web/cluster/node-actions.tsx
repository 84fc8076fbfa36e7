// The buttons of a node.
import { inLanguage } from "../common/language.ts";
import type { NodeLive } from "../../shared/protocol/cluster-live.ts";
import { Icon } from "../common/ui/icon.tsx";
import type { Cluster } from "./cluster-context.ts";
import { detailsTexts } from "./details-texts.ts";
import { isEmptying } from "./node-parts.tsx";

/** Empties the node or takes it back, after a question. Nothing for one that stops by itself: nobody can keep it from that. */
export function DrainButton({ cluster, node }: { readonly cluster: Cluster; readonly node: NodeLive }) {
  const texts = inLanguage(detailsTexts);
  const to = isEmptying(node.status) || node.drain_deadline !== null ? "undrain" : "drain";
  if (isEmptying(node.status) && node.drain_deadline === null) return null;
  const label = to === "drain" ? texts.drain : texts.undrain;
  return (
    <button
      type="button"
      class="button small-button"
      data-action={to}
      aria-label={`${label}: ${node.node_name}`}
      onClick={() => {
        cluster.asked.value = { nodeId: node.node_id, to };
      }}
    >
      <Icon name={to === "drain" ? "door" : "turn"} />
      <span>{label}</span>
    </button>
  );
}

/** The node's name, which opens its details; below it the id, where it is another. */
export function NodeName({ cluster, node }: { readonly cluster: Cluster; readonly node: NodeLive }) {
  return (
    <span class="node-name">
      <button
        type="button"
        class="link-button"
        title={node.node_name}
        aria-haspopup="dialog"
        onClick={() => {
          cluster.sheet.value = { kind: "node", nodeId: node.node_id };
        }}
      >
        {node.node_name}
      </button>
      {node.node_id !== node.node_name && (
        <span class="soft small" title={node.node_id}>
          {node.node_id}
        </span>
      )}
    </span>
  );
}
