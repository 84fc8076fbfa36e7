// The nodes as cards, for a phone.
import { useState } from "preact/hooks";
import { inLanguage } from "../common/language.ts";
import { Button } from "../common/ui/button.tsx";
import type { Cluster } from "./cluster-context.ts";
import { DrainLeft } from "./drain-progress.tsx";
import { DrainButton, NodeName } from "./node-actions.tsx";
import { Heartbeat, isSilent, Load, Sends, StatusBadge, StreamsOf, Usage } from "./node-parts.tsx";
import { nodeTexts } from "./node-texts.ts";

const atATime = 20;

export function NodeCards({ cluster }: { readonly cluster: Cluster }) {
  const [count, setCount] = useState(atATime);
  const ids = cluster.list.shown.value;
  const texts = inLanguage(nodeTexts);
  return (
    <>
      <ul class="node-cards" id="nodes" aria-label={texts.title}>
        {ids.slice(0, count).map((id) => (
          <NodeCard key={id} cluster={cluster} nodeId={id} />
        ))}
      </ul>
      {ids.length > count && (
        <Button onClick={() => setCount(count + atATime)}>{texts.showMore(Math.min(atATime, ids.length - count))}</Button>
      )}
    </>
  );
}

function NodeCard({ cluster, nodeId }: { readonly cluster: Cluster; readonly nodeId: string }) {
  const node = cluster.store.node(nodeId)?.value;
  const steps = cluster.store.facts.value?.steps;
  if (node === undefined || steps === undefined) return null;
  const { columns } = inLanguage(nodeTexts);
  return (
    <li class="node-card" data-node={nodeId} data-status={node.status}>
      <div class="node-card-head">
        <NodeName cluster={cluster} node={node} />
        <StatusBadge status={node.status} />
      </div>
      <DrainLeft node={node} />
      <Load node={node} steps={steps} />
      <dl class="node-card-facts">
        <div>
          <dt>{columns.cpu}</dt>
          <dd>
            <Usage percent={node.cpu_usage} status={node.status} />
          </dd>
        </div>
        <div>
          <dt>{columns.memory}</dt>
          <dd>
            <Usage percent={node.memory_usage} status={node.status} />
          </dd>
        </div>
        <div>
          <dt>{columns.bandwidth}</dt>
          <dd>
            <Sends node={node} />
          </dd>
        </div>
        <div>
          <dt>{columns.streams}</dt>
          <dd>
            <StreamsOf node={node} />
          </dd>
        </div>
        {isSilent(node.status) && (
          <div>
            <dt>{columns.heartbeat}</dt>
            <dd>
              <Heartbeat node={node} />
            </dd>
          </div>
        )}
      </dl>
      <DrainButton cluster={cluster} node={node} />
    </li>
  );
}
