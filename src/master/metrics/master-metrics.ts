// Where the master's metrics come from: read at each scrape from those who know, through the functions given here. What
// nobody else counts is counted in token-counters.ts and by the API.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { MetricSet } from "../../shared/metrics/metric-set.ts";
import { publishRefusalCodes } from "../../shared/protocol/publish-refusals.ts";
import type { PublishRefusal } from "../../shared/protocol/publish-refusals.ts";
import type { RegisteredNode } from "../registry/registered-node.ts";
import type { Router } from "../routing/router.ts";
import type { StreamDirectory } from "../streams/stream-directory.ts";
import { sampleNodes } from "./sample-nodes.ts";
import { sampleStreams } from "./sample-streams.ts";

export interface MasterSources {
  readonly version: string;
  readonly clock: Clock;
  readonly nodes: () => readonly RegisteredNode[];
  readonly router: Pick<Router, "seatsOf" | "reservations" | "reservationOutcomes">;
  readonly directory: Pick<StreamDirectory, "headOf" | "copiesOf">;
  readonly classNames: () => readonly string[];
  /** REPLICATION_FACTOR. */
  readonly factor: number;
  /** Of the gateway in this process; undefined where there is none. */
  readonly gateway: () => GatewayFigures | undefined;
  /** Viewers in the line before a full cluster. */
  readonly waiting: () => number;
}

export interface GatewayFigures {
  relays(): readonly { readonly state: string }[];
  readonly failovers: number;
  readonly refused: Readonly<Record<PublishRefusal, number>>;
}

/** Of a publisher at the gateway, as long as it is there; a test compares them with the gateway's. */
export const relayStates = ["waiting_for_node", "connecting", "relaying", "switching", "handing_over"] as const;

export function fillMasterMetrics(metrics: MetricSet, sources: MasterSources): void {
  const { version, clock, router, directory, factor } = sources;
  metrics.sampled((sample) => {
    const nodes = sources.nodes();
    sample("airclass_build_info", 1, { version });
    sampleNodes(sample, { nodes, reservedOn: (nodeId) => router.seatsOf(nodeId)?.reserved ?? 0, now: clock.monotonicMs() });
    sampleStreams(sample, { nodes, directory, factor, classNames: sources.classNames() });

    sample("airclass_reservations", router.reservations);
    for (const [result, count] of Object.entries(router.reservationOutcomes)) sample("airclass_reservations_total", count, { result });

    sample("airclass_waiting_viewers", sources.waiting());

    const gateway = sources.gateway();
    const relays = gateway?.relays() ?? [];
    for (const state of relayStates) {
      sample("airclass_gateway_publishers", relays.filter((relay) => relay.state === state).length, { state });
    }
    sample("airclass_gateway_failovers_total", gateway?.failovers ?? 0);
    for (const reason of publishRefusalCodes) sample("airclass_publishers_refused_total", gateway?.refused[reason] ?? 0, { reason });
  });
}
