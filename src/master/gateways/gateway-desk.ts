// Where gateways report: answers each with its view of the cluster, remembers the doors that are open for teachers, and
// passes on which slaves they could not reach. The same for a gateway in the master's own process and for one beside it.
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { ClassGrants } from "../../shared/protocol/cluster-messages.ts";
import type { GatewayReport, GatewayView } from "../../shared/protocol/gateway-messages.ts";
import type { RegisteredNode } from "../registry/registered-node.ts";
import type { EpochClaims } from "../streams/epoch-claims.ts";
import type { StreamDirectory } from "../streams/stream-directory.ts";
import { gatewayView } from "./gateway-view.ts";

/** An RTMP door that was heard of lately. */
interface Door {
  readonly host: string;
  readonly port: number;
  readonly heardAtMs: number;
}

export interface GatewayDesk {
  /**
   * Takes a report and answers it.
   * @param from where the report came from and the host by which its sender reached the master; undefined: this process.
   */
  report(report: GatewayReport, from?: { readonly address: string; readonly hostOf: (node: RegisteredNode) => string }): GatewayView;
  /** The gateway beside the master that was heard last, within 30 s. */
  door(): { readonly host: string; readonly port: number } | undefined;
}

export interface GatewayDeskDeps {
  readonly nodes: { list(): readonly RegisteredNode[] };
  readonly directory: StreamDirectory;
  readonly grants: () => ClassGrants;
  readonly epochs: Pick<EpochClaims, "answer">;
  readonly settled: () => boolean;
  /** A slave that a gateway could not reach. */
  readonly failed: (nodeId: string) => void;
  readonly clock: Clock;
}

const knownForMs = 30_000;
const maxDoors = 100;

export function createGatewayDesk({ nodes, directory, grants, epochs, settled, failed, clock }: GatewayDeskDeps): GatewayDesk {
  /** Last heard last. */
  const doors = new Map<string, Door>();

  return {
    report({ node_id: nodeId, rtmp_port: port, class_grants_version: version, failed_nodes: failedNodes, relays, claims = [] }, from) {
      if (from) {
        if (port > 0) setNewest(doors, nodeId, { host: from.address, port, heardAtMs: clock.monotonicMs() }, maxDoors);
        else doors.delete(nodeId);
      }
      for (const failedNode of new Set(failedNodes)) failed(failedNode);
      const relayed = new Map(relays.map(({ path, epoch }) => [path, epoch]));
      const answers = epochs.answer(nodeId, claims, relayed);
      const current = grants();
      const view = gatewayView({
        nowMs: clock.wallMs(),
        settled: settled(),
        nodes: nodes.list(),
        directory,
        grants: version === current.version ? undefined : current,
        hostOf: from?.hostOf ?? (({ info }) => info.host),
      });
      return answers.length === 0 ? view : { ...view, epochs: answers };
    },
    door() {
      const newest = [...doors.values()].at(-1);
      return newest && clock.monotonicMs() - newest.heardAtMs < knownForMs ? newest : undefined;
    },
  };
}
