// What every part of the page works with.
import type { Signal } from "@preact/signals";
import type { ApiClient } from "../common/api-client.ts";
import type { ClusterLive } from "./cluster-live.ts";
import type { ClusterStore } from "./cluster-store.ts";
import type { NodeList } from "./node-list.ts";

/** Over the page: the details of a node, or the way to add one. */
export type Sheet = { readonly kind: "node"; readonly nodeId: string } | { readonly kind: "add" };

export interface Cluster {
  readonly store: ClusterStore;
  readonly live: ClusterLive;
  readonly list: NodeList;
  readonly api: ApiClient;
  readonly sheet: Signal<Sheet | undefined>;
  /** The node that somebody was asked about: to be emptied, or taken back. */
  readonly asked: Signal<{ readonly nodeId: string; readonly to: "drain" | "undrain" } | undefined>;
}
