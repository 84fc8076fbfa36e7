// The nodes as a table. Each row follows its own node alone, so that a heartbeat draws one row and no other. Rows are laid out
// each by itself (nodes.css).
import { useLayoutEffect } from "preact/hooks";
import { inLanguage } from "../common/language.ts";
import { Icon } from "../common/ui/icon.tsx";
import type { Cluster } from "./cluster-context.ts";
import { DrainLeft } from "./drain-progress.tsx";
import { DrainButton, NodeName } from "./node-actions.tsx";
import type { SortKey } from "./node-order.ts";
import { Heartbeat, Load, Sends, StatusBadge, StreamsOf, Usage } from "./node-parts.tsx";
import { nodeTexts } from "./node-texts.ts";

/** Said in so many words: Safari takes a table whose rows are no table rows to the eye for none. */
const as = {
  table: { role: "table" },
  rowgroup: { role: "rowgroup" },
  row: { role: "row" },
  columnheader: { role: "columnheader" },
  rowheader: { role: "rowheader" },
  cell: { role: "cell" },
} as const;

const columns = [
  { name: "name", sort: "name" },
  { name: "state", sort: "attention" },
  { name: "load", sort: "load" },
  { name: "cpu", sort: "cpu" },
  { name: "memory", sort: "memory" },
  { name: "bandwidth", sort: "bandwidth" },
  { name: "streams", sort: "streams" },
  { name: "heartbeat", sort: undefined },
  { name: "version", sort: undefined },
  { name: "actions", sort: undefined },
] as const satisfies readonly { name: string; sort: SortKey | undefined }[];

export function NodeTable({ cluster }: { readonly cluster: Cluster }) {
  const { list } = cluster;
  const texts = inLanguage(nodeTexts);
  useKeptFocus(list.shown.value);
  return (
    <div
      class="table-scroll"
      // Nothing moves under the pointer, nor from under who goes through it by keys.
      onPointerEnter={() => list.hold("pointer", true)}
      onPointerLeave={() => list.hold("pointer", false)}
      onFocusIn={({ target }) => list.hold("focus", target instanceof Element && target.matches(":focus-visible"))}
      onFocusOut={() => list.hold("focus", false)}
    >
      <table class="nodes" id="nodes" {...as.table}>
        <caption class="unseen">{texts.caption}</caption>
        <thead {...as.rowgroup}>
          <tr {...as.row}>
            {columns.map(({ name, sort }) => (
              <HeadCell key={name} cluster={cluster} name={name} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody {...as.rowgroup}>
          {list.shown.value.map((id) => (
            <NodeRow key={id} cluster={cluster} nodeId={id} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A row that changes its place is taken out and put in again, which loses the focus that is in it. */
function useKeptFocus(order: readonly string[]): void {
  const focusedBefore = document.activeElement;
  useLayoutEffect(() => {
    const isLost = focusedBefore instanceof HTMLElement && focusedBefore.isConnected && document.activeElement === document.body;
    if (isLost) focusedBefore.focus({ preventScroll: true });
  }, [order]);
}

interface HeadCellProps {
  readonly cluster: Cluster;
  readonly name: (typeof columns)[number]["name"];
  readonly sort: SortKey | undefined;
}

function HeadCell({ cluster, name, sort }: HeadCellProps) {
  const { list } = cluster;
  const text = inLanguage(nodeTexts).columns[name];
  if (sort === undefined)
    return (
      <th scope="col" {...as.columnheader} class={`cell-${name}`}>
        {name === "actions" ? <span class="unseen">{text}</span> : text}
      </th>
    );
  const { sort: current, reversed } = list.choice.value;
  const isSorted = current === sort;
  // Names and states begin with A and the gravest, figures with the highest.
  const isAscending = (sort === "name" || sort === "attention") !== reversed;
  return (
    <th
      scope="col"
      {...as.columnheader}
      class={`cell-${name}`}
      aria-sort={isSorted ? (isAscending ? "ascending" : "descending") : undefined}
    >
      <button type="button" class="sort-button" data-sort={sort} onClick={() => list.sortBy(sort)}>
        {text}
        <span class={`sort-mark ${isSorted ? (isAscending ? "up" : "down") : "none"}`} aria-hidden="true">
          <Icon name="chevron" />
        </span>
      </button>
    </th>
  );
}

function NodeRow({ cluster, nodeId }: { readonly cluster: Cluster; readonly nodeId: string }) {
  const node = cluster.store.node(nodeId)?.value;
  const steps = cluster.store.facts.value?.steps;
  if (node === undefined || steps === undefined) return null;
  return (
    <tr {...as.row} data-node={nodeId} data-status={node.status}>
      <th scope="row" {...as.rowheader} class="cell-name">
        <NodeName cluster={cluster} node={node} />
      </th>
      <td {...as.cell} class="cell-state">
        <StatusBadge status={node.status} />
        <DrainLeft node={node} />
      </td>
      <td {...as.cell} class="cell-load">
        <Load node={node} steps={steps} />
      </td>
      <td {...as.cell} class="cell-cpu">
        <Usage percent={node.cpu_usage} status={node.status} />
      </td>
      <td {...as.cell} class="cell-memory">
        <Usage percent={node.memory_usage} status={node.status} />
      </td>
      <td {...as.cell} class="cell-bandwidth">
        <Sends node={node} />
      </td>
      <td {...as.cell} class="cell-streams">
        <StreamsOf node={node} />
      </td>
      <td {...as.cell} class="small">
        <Heartbeat node={node} />
      </td>
      <td {...as.cell} class="cell-version small soft" title={node.version}>
        {node.version}
      </td>
      <td {...as.cell}>
        <DrainButton cluster={cluster} node={node} />
      </td>
    </tr>
  );
}
