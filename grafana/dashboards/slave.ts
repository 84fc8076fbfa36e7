// One slave: is it well, what does it carry, and what limits it.
import { QueryVariableBuilder, VariableRefresh, VariableSort } from "@grafana/grafana-foundation-sdk/dashboard";
import { heartbeatAge, limits, replicationLag, stateColors } from "./colors.ts";
import { dashboard, uids } from "./dashboard-frame.ts";
import { dataSource, figure, graph, orNone, variableQuery } from "./panels.ts";

/** Chosen by name, kept by id; with those that were seen in the time shown and are gone. */
const node = () =>
  new QueryVariableBuilder("node")
    .label("Slave")
    .datasource(dataSource)
    .query(variableQuery("query_result(max by (node_id, node_name) (last_over_time(airclass_max_viewers[$__range])))"))
    .regex('/node_id="(?<value>[^"]+)".*node_name="(?<text>[^"]+)"/')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc);

const of = 'node_id="$node"';
const glance = () => [
  figure({
    title: "State",
    description:
      "What the master thinks of this slave. healthy, warning (70 % full) and critical (90 % full) take viewers, the others get no new ones.",
    unit: "string",
    width: 4,
    queries: [{ expr: `max by (state) (airclass_node_state{${of}})`, legend: "{{state}}" }],
    show: "name",
    colors: stateColors,
  }),
  figure({
    title: "Viewers and places",
    description: "Students who watch from this slave, and how many it takes (MAX_CONNECTIONS).",
    unit: "short",
    width: 5,
    queries: [
      { expr: `sum(airclass_viewers{${of}})`, legend: "viewers" },
      { expr: `sum(airclass_max_viewers{${of}})`, legend: "places" },
    ],
    colors: { places: "text" },
  }),
  figure({
    title: "Streams",
    description: "Streams that this slave holds, and how many of them are published to it (it follows the others).",
    unit: "short",
    width: 5,
    queries: [
      { expr: `count(airclass_stream_is_origin{${of}}) or vector(0)`, legend: "held" },
      { expr: `sum(airclass_stream_is_origin{${of}}) or vector(0)`, legend: "published here" },
    ],
    colors: { "published here": "text" },
  }),
  figure({
    title: "Last heartbeat",
    description: "Time since the master last heard from this slave. It reports every 5 s; after 30 s without a word it is offline.",
    unit: "s",
    decimals: 1,
    width: 3,
    queries: [{ expr: `max(airclass_node_heartbeat_age_seconds{${of}})`, legend: "age" }],
    thresholds: heartbeatAge,
  }),
  figure({
    title: "Running for",
    description: "Time since the slave was started.",
    unit: "dtdurations",
    decimals: 0,
    width: 4,
    queries: [{ expr: `max(time() - process_start_time_seconds{${of}})`, legend: "running" }],
  }),
  figure({
    title: "Version",
    description: "The version of AIRClass that this slave runs; it should be that of the others.",
    unit: "string",
    width: 3,
    queries: [{ expr: `max by (version) (airclass_build_info{${of}})`, legend: "{{version}}" }],
    show: "name",
  }),
];

const load = () => [
  graph({
    title: "Viewers",
    description:
      "Students who watch from this slave, places held for students on their way, and all of its places. Connections: open ones of their browsers.",
    unit: "short",
    width: 8,
    queries: [
      { expr: `sum(airclass_viewers{${of}})`, legend: "viewers" },
      { expr: `sum(airclass_node_reserved_viewers{${of}})`, legend: "held" },
      { expr: `sum(airclass_max_viewers{${of}})`, legend: "places" },
      { expr: `sum(airclass_connections{${of}})`, legend: "connections" },
    ],
    colors: { places: "light-red" },
  }),
  graph({
    title: "CPU and memory",
    description:
      "CPU and memory of the machine (or container) in use. Above 80 % CPU or 90 % memory, add a slave or lower its MAX_CONNECTIONS.",
    unit: "percentunit",
    max: 1,
    width: 8,
    queries: [
      { expr: `airclass_cpu_ratio{${of}}`, legend: "CPU" },
      { expr: `airclass_memory_ratio{${of}}`, legend: "memory" },
    ],
    thresholds: limits.HighCpu,
  }),
  graph({
    title: "Network bandwidth",
    description: "What this slave sends to students and to other slaves, by kind. Its network link is the limit.",
    unit: "bps",
    width: 8,
    stacked: true,
    queries: [{ expr: `sum by (kind) (rate(airclass_media_sent_bytes_total{${of}}[$__rate_interval])) * 8`, legend: "{{kind}}" }],
  }),
];

const answers = () => [
  graph({
    title: "Error rate",
    description:
      "Part of this slave's answers in the last 5 minutes that were failures (5xx) or refusals because of too many requests (429). Normally 0.",
    unit: "percentunit",
    width: 8,
    queries: [{ expr: `sum(node:error_responses:ratio_rate5m{${of}}) or vector(0)`, legend: "failed answers" }],
    thresholds: limits.HighErrorRate,
  }),
  graph({
    title: "Delay of answers",
    description: "Of each kind of answer, 99 of 100 were faster than this. Parts should take less than 50 ms.",
    unit: "s",
    width: 8,
    queries: [
      {
        expr: `histogram_quantile(0.99, sum by (kind, le) (rate(airclass_response_seconds_bucket{${of}}[$__rate_interval]))) > 0`,
        legend: "{{kind}}",
      },
    ],
  }),
  graph({
    title: "Event-loop lag",
    description: "How long anything waits before this slave looks at it; 99 of 100 waits are shorter. Above 100 ms its one core is full.",
    unit: "s",
    width: 8,
    queries: [{ expr: `node:event_loop_lag_seconds:p99_5m{${of}}`, legend: "99 of 100" }],
    thresholds: limits.EventLoopSlow,
  }),
];

const streams = () => [
  graph({
    title: "Viewers by class",
    description: "Which classes the students of this slave watch.",
    unit: "short",
    width: 8,
    stacked: true,
    queries: [{ expr: orNone(`sum by (path) (airclass_stream_viewers{${of}})`, "path"), legend: "{{path}}" }],
  }),
  graph({
    title: "Age of the newest picture",
    description: "How old the newest media is that this slave has of each live stream.",
    unit: "s",
    width: 8,
    queries: [{ expr: orNone(`max by (path) (airclass_stream_live_edge_age_seconds{${of}})`, "path"), legend: "{{path}}" }],
    thresholds: limits.LiveEdgeStale,
  }),
  graph({
    title: "Behind the origin",
    description:
      "For how long each stream that this slave follows has been behind the slave to which it is published. Normally 0; it grows when the network between them is full.",
    unit: "s",
    width: 8,
    queries: [{ expr: orNone(`max by (path) (airclass_stream_replication_lag_seconds{${of}})`, "path"), legend: "{{path}}" }],
    thresholds: replicationLag,
  }),
];

const inside = () => [
  graph({
    title: "Memory of the process",
    description: "Memory of the slave's own process, and the part of it that is media kept for students who are a little behind.",
    unit: "bytes",
    width: 8,
    queries: [
      { expr: `process_resident_memory_bytes{${of}}`, legend: "process" },
      { expr: `airclass_live_log_bytes{${of}}`, legend: "media" },
    ],
  }),
  graph({
    title: "Refused requests",
    description:
      "Requests per second whose token this slave did not take, by reason. Some are normal (a token that ended); many are a wrong clock or somebody trying.",
    unit: "reqps",
    width: 8,
    queries: [
      {
        expr: orNone(`sum by (reason) (rate(airclass_tokens_refused_total{${of}}[$__rate_interval])) > 0`, "reason"),
        legend: "{{reason}}",
      },
    ],
  }),
  graph({
    title: "Incidents in 5 minutes",
    description:
      "Heartbeats that the master did not answer, ffmpeg started again under a running stream, teachers refused. Each is normal once, and a sign of trouble when it goes on.",
    unit: "short",
    decimals: 0,
    width: 8,
    queries: [
      { expr: `sum(increase(airclass_heartbeats_total{${of},result!="ok"}[5m])) or vector(0)`, legend: "heartbeats lost" },
      { expr: `sum(increase(airclass_ffmpeg_restarts_total{${of}}[5m])) or vector(0)`, legend: "ffmpeg restarts" },
      { expr: `sum(increase(airclass_publishers_refused_total{${of}}[5m])) or vector(0)`, legend: "teachers refused" },
    ],
  }),
];

export const slaveDashboard = () =>
  dashboard({
    uid: uids.slave,
    title: "AIRClass: one slave",
    description: "Is this slave well, what does it carry, and what limits it?",
    variables: [node()],
    sections: [
      { title: "", panels: [...glance(), ...load()] },
      { title: "How it answers", panels: answers() },
      { title: "Streams on it", panels: streams() },
      { title: "Inside", panels: inside() },
    ],
  });
