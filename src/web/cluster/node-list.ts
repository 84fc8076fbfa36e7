// Which rows the page shows, in which order: chosen by hand, kept while somebody points at one. Owns no DOM.
import { computed, effect, signal, untracked, type ReadonlySignal, type Signal } from "@preact/signals";
import type { ClusterStore } from "./cluster-store.ts";
import { heldOrder, orderNodes, type NodeChoice, type SortKey } from "./node-order.ts";

export interface NodeList {
  readonly choice: Signal<NodeChoice>;
  /** Ids, the first on top. */
  readonly shown: ReadonlySignal<readonly string[]>;
  /** While one of them is true no row changes its place. */
  hold(by: "pointer" | "focus", isHeld: boolean): void;
  sortBy(key: SortKey): void;
  close(): void;
}

/** Figures change all the time: rows ordered by one change places so often, not at each heartbeat. */
const reorderMs = 5_000;

export const firstChoice: NodeChoice = { sort: "attention", reversed: false, state: "all", words: "" };

export function createNodeList(store: ClusterStore): NodeList {
  const choice = signal<NodeChoice>(firstChoice);
  const shown = signal<readonly string[]>([]);
  const holders = new Set<string>();

  /** @param isAsked somebody has just chosen an order: it is done wherever the pointer is */
  function order(isAsked = false): void {
    const wanted = untracked(() => orderNodes(store.nodes.value, choice.value));
    const before = shown.peek();
    const next = holders.size > 0 && !isAsked ? heldOrder(before, wanted) : wanted;
    if (next.length !== before.length || next.some((id, index) => id !== before[index])) shown.value = next;
  }

  /** What a row's place depends on beside figures. */
  const states = computed(() => store.nodes.value.map(({ node_id, node_name, status }) => `${node_id} ${node_name} ${status}`).join("\n"));
  const stopChosen = effect(() => {
    void choice.value;
    order(true);
  });
  const stopStates = effect(() => {
    void states.value;
    order();
  });
  const timer = setInterval(() => order(), reorderMs);

  return {
    choice,
    shown,
    hold(by, isHeld) {
      if (holders.has(by) === isHeld) return;
      if (isHeld) holders.add(by);
      else holders.delete(by);
      if (holders.size === 0) order();
    },
    sortBy(key) {
      const { sort, reversed } = choice.value;
      choice.value = { ...choice.value, sort: key, reversed: sort === key && !reversed };
    },
    close() {
      stopChosen();
      stopStates();
      clearInterval(timer);
    },
  };
}
