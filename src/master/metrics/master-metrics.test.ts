import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeInfo } from "../../../test/support/node-info.ts";
import { createLogger } from "../../shared/logging/logger.ts";
import { createMetricSet } from "../../shared/metrics/metric-set.ts";
import type { StreamReport } from "../../shared/protocol/cluster-messages.ts";
import { createRegistry } from "../registry/registry.ts";
import { createRouter } from "../routing/router.ts";
import { reservationMs } from "../routing/seat-table.ts";
import { createStreamDirectory } from "../streams/stream-directory.ts";
import type { RelayState } from "../../gateway/relay-state.ts";
import { fillMasterMetrics, relayStates } from "./master-metrics.ts";
import { createTokenCounters } from "./token-counters.ts";

const stream = (path: string, role: "origin" | "replica", more: Partial<StreamReport> = {}): StreamReport => ({
  path,
  role,
  state: "live",
  epoch: 1,
  msn: 7,
  part: 0,
  viewers: 0,
  ...more,
});

/** A master's parts without its sockets, and a clock that is set by hand. */
function makeMaster({ classNames = ["math"], factor = 2 } = {}) {
  let nowMs = 1_000;
  const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
  const metrics = createMetricSet("master");
  const router = createRouter({ routing: "least-load", overload: "distribute" }, { clock, random: () => 0 });
  const directory = createStreamDirectory();
  const registry = createRegistry(
    { warningPercent: 70, criticalPercent: 90, offlineAfterMs: 30_000 },
    {
      clock,
      logger: createLogger("silent", {}),
      setTimer: () => () => {},
      listener: {
        changed: ({ info: { nodeId, maxConnections, follows }, load: { connections }, routableUntilMs }) =>
          router.put(nodeId, { maxConnections, follows, connections, routableUntilMs }),
        gone(nodeId) {
          router.remove(nodeId);
          directory.remove(nodeId);
        },
      },
    },
  );
  const none = { bad_name: 0, no_such_class: 0, class_closed: 0, bad_token: 0, draining: 0, unavailable: 0, publisher_present: 0 };
  const gateway = {
    failovers: 3,
    refused: { ...none, wrong_key: 4 },
    relays: () => [{ state: "relaying" }, { state: "relaying" }, { state: "switching" }],
  };
  fillMasterMetrics(metrics, {
    version: "1.2.3",
    clock,
    nodes: () => registry.list(),
    router,
    directory,
    classNames: () => classNames,
    factor,
    gateway: () => gateway,
    waiting: () => 4,
  });
  const heartbeat = (nodeId: string, connections: number, streams: StreamReport[] = []) => {
    const report = { connections, cpu: 0, memory: 0, bandwidthMbps: undefined, originStreams: 0, leaving: false };
    registry.heartbeat(nodeId, report, {});
    directory.report(nodeId, streams);
  };
  return {
    registry,
    router,
    metrics,
    heartbeat,
    pass: (ms: number) => void (nowMs += ms),
    join(nodeId: string, connections: number, streams: StreamReport[] = []) {
      registry.register(nodeInfo(nodeId, { nodeName: `PC of ${nodeId}`, host: "10.0.0.9" }));
      heartbeat(nodeId, connections, streams);
    },
    async value(series: string) {
      const line = (await metrics.text()).split("\n").find((text) => text.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
  };
}

test("a node's figures: viewers, places held for those on their way, load of both; all gone when it leaves", async () => {
  const master = makeMaster();
  master.join("slave-1", 60);
  master.join("slave-2", 95);
  master.router.place("one", { path: "live/math" });
  master.pass(2_000);
  assert.equal(await master.value('airclass_node_viewers{node_id="slave-1"}'), 60);
  assert.equal(await master.value('airclass_node_reserved_viewers{node_id="slave-1"}'), 1);
  assert.equal(await master.value('airclass_node_max_viewers{node_id="slave-1"}'), 100);
  assert.equal(await master.value('airclass_node_load_ratio{node_id="slave-1"}'), 0.61);
  assert.equal(await master.value('airclass_node_heartbeat_age_seconds{node_id="slave-1"}'), 2);
  assert.equal(await master.value('airclass_node_state{node_id="slave-2",state="critical"}'), 1);
  assert.equal(await master.value('airclass_nodes{state="healthy"}'), 1);
  assert.equal(await master.value("airclass_waiting_viewers"), 4);
  assert.equal(await master.value('airclass_nodes{state="critical"}'), 1);
  assert.equal(await master.value('airclass_nodes{state="offline"}'), 0);
  master.registry.deregister("slave-1");
  const text = await master.metrics.text();
  assert.doesNotMatch(text, /slave-1/);
  assert.match(text, /slave-2/);
  assert.doesNotMatch(text, /10\.0\.0\.9|PC of/);
});

test("silence is counted when it makes a node suspect, and again when it makes it offline; a failed probe is not silence", async () => {
  const master = makeMaster();
  master.join("slave-1", 0);
  const missed = () => master.value('airclass_node_heartbeats_missed_total{node_id="slave-1"}');
  const up = () => master.value('airclass_node_up{node_id="slave-1"}');
  assert.deepEqual([await missed(), await up()], [0, 1]);
  master.registry.probeFailed("slave-1");
  assert.deepEqual([await missed(), await up()], [0, 0]);
  master.heartbeat("slave-1", 0);
  master.pass(11_000);
  assert.deepEqual([await missed(), await up()], [1, 0]);
  master.pass(20_000);
  assert.equal(await missed(), 2);
  assert.equal(await master.value('airclass_nodes{state="offline"}'), 1);
  // Its next process goes on counting: to Prometheus it is the same node.
  master.join("slave-1", 0);
  assert.deepEqual([await missed(), await up()], [2, 1]);
});

test("copies of a live stream: what is in sync, and what is to be", async () => {
  const master = makeMaster({ classNames: ["math", "art"] });
  master.join("slave-1", 0, [stream("live/math", "origin"), stream("live/art", "origin", { state: "waiting" })]);
  assert.equal(await master.value('airclass_stream_in_sync_copies{path="live/math"}'), 1);
  assert.equal(await master.value('airclass_stream_wanted_copies{path="live/math"}'), 1, "nobody else is there");
  master.join("slave-2", 0, [stream("live/math", "replica", { upstream: "slave-1", lag_s: 12 })]);
  assert.equal(await master.value('airclass_stream_in_sync_copies{path="live/math"}'), 1);
  assert.equal(await master.value('airclass_stream_wanted_copies{path="live/math"}'), 2);
  master.heartbeat("slave-2", 0, [stream("live/math", "replica", { upstream: "slave-1", lag_s: 0 })]);
  assert.equal(await master.value('airclass_stream_in_sync_copies{path="live/math"}'), 2);
  assert.equal(await master.value("airclass_live_streams"), 1);
  assert.equal(await master.value("airclass_classes"), 2);
  const text = await master.metrics.text();
  assert.doesNotMatch(text, /live\/art/, "its teacher is away");
});

test("a slave cannot make series by inventing streams", async () => {
  const master = makeMaster();
  const invented = Array.from({ length: 500 }, (_, index) => stream(`live/invented-${index}`, "origin"));
  master.join("slave-1", 0, [...invented, stream("live/math", "origin")]);
  const text = await master.metrics.text();
  assert.doesNotMatch(text, /invented/);
  assert.match(text, /live\/math/);
});

test("places that were held, by what became of them", async () => {
  const master = makeMaster();
  master.join("slave-1", 0);
  for (const id of ["came", "moved", "stayed away", "overslept"]) master.router.place(id, { path: "live/math" });
  assert.equal(await master.value("airclass_reservations"), 4);
  master.router.claim("slave-1", ["came", "came", "unknown"]);
  master.router.release("slave-1", "moved");
  master.pass(reservationMs);
  assert.equal(await master.value("airclass_reservations"), 0);
  master.heartbeat("slave-1", 0);
  master.router.place("late", { path: "live/math" });
  master.registry.deregister("slave-1");
  const results = async () =>
    Promise.all(["claimed", "expired", "released"].map((result) => master.value(`airclass_reservations_total{result="${result}"}`)));
  assert.deepEqual(await results(), [1, 2, 2]);
});

test("publishers at the gateway by state, and tokens by what they were for", async () => {
  const master = makeMaster();
  assert.equal(await master.value('airclass_gateway_publishers{state="relaying"}'), 2);
  assert.equal(await master.value('airclass_gateway_publishers{state="switching"}'), 1);
  assert.equal(await master.value('airclass_gateway_publishers{state="waiting_for_node"}'), 0);
  assert.equal(await master.value("airclass_gateway_failovers_total"), 3);
  assert.equal(await master.value('airclass_publishers_refused_total{reason="wrong_key"}'), 4);
  assert.equal(await master.value('airclass_publishers_refused_total{reason="bad_name"}'), 0);
  assert.equal(await master.value('airclass_build_info{version="1.2.3"}'), 1);
  const tokens = createTokenCounters(master.metrics);
  tokens.issued("read", "moved");
  tokens.issued("publish", "new");
  tokens.refused("token_expired");
  tokens.refused("token_expired");
  assert.equal(await master.value('airclass_tokens_issued_total{action="read",kind="moved"}'), 1);
  assert.equal(await master.value('airclass_tokens_issued_total{action="publish",kind="new"}'), 1);
  assert.equal(await master.value('airclass_tokens_issued_total{action="read",kind="new"}'), 0);
  assert.equal(await master.value('airclass_tokens_refused_total{reason="token_expired"}'), 2);
  assert.equal(await master.value('airclass_tokens_refused_total{reason="join_code_wrong"}'), 0);
});

test("publishers at the gateway are told apart by all states that a relay has", () => {
  type Living = Exclude<RelayState["kind"], "ended">;
  const all = { waiting_for_node: 0, connecting: 0, relaying: 0, switching: 0, handing_over: 0 } satisfies Record<Living, number>;
  assert.deepEqual(relayStates, Object.keys(all));
});
