// Which rows the page shows, in which order: chosen by hand, kept while somebody points at one. Owns no DOM.
import { computed, effect, signal, untracked, type ReadonlySignal, type Signal } from "@preact/signals";
import type { ClusterStore } from "./cluster-store.ts";
import { heldOrder, orderNodes, type NodeChoice, type SortKey } from "./node-order.ts";

export interface NodeList {
  readonly choice: Signal<NodeChoice>;
  /** Ids, the first on top. */
  readonly shown: ReadonlySignal<readonly string[]>;
  /** While true no row changes its place. */
  hold(isHeld: boolean): void;
  sortBy(key: SortKey): void;
  close(): void;
}

/** Figures change all the time: rows ordered by one change places so often, not at each heartbeat. */
const reorderMs = 5_000;

export const firstChoice: NodeChoice = { sort: "attention", reversed: false, state: "all", words: "" };

export function createNodeList(store: ClusterStore): NodeList {
  const choice = signal<NodeChoice>(firstChoice);
  const shown = signal<readonly string[]>([]);
  let isHeld = false;

  function order(): void {
    const wanted = untracked(() => orderNodes(store.nodes.value, choice.value));
    const before = shown.peek();
    const next = isHeld ? heldOrder(before, wanted) : wanted;
    if (next.length !== before.length || next.some((id, index) => id !== before[index])) shown.value = next;
  }

  /** What a row's place depends on beside figures. */
  const states = computed(() => store.nodes.value.map(({ node_id, node_name, status }) => `${node_id} ${node_name} ${status}`).join("\n"));
  const stopChosen = effect(() => {
    void choice.value;
    // What somebody has just chosen is done at once, wherever the pointer is.
    const wasHeld = isHeld;
    isHeld = false;
    order();
    isHeld = wasHeld;
  });
  const stopStates = effect(() => {
    void states.value;
    order();
  });
  const timer = setInterval(order, reorderMs);

  return {
    choice,
    shown,
    hold(held) {
      if (isHeld === held) return;
      isHeld = held;
      if (!held) order();
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
