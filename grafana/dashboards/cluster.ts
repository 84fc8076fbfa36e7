// The whole cluster at a glance: the first screen answers whether everything is all right, the rest says where to look.
import { classLink, dashboard, slaveLink, uids } from "./dashboard-frame.ts";
import { heartbeatAge, limits, nodeLoad, stateColors } from "./colors.ts";
import { figure, graph, orNone, table } from "./panels.ts";

const glance = () => [
  figure({
    title: "Slaves by state",
    description:
      "How many slaves are in which state. healthy, warning and critical take viewers. suspect: two heartbeats are missing; offline: nothing for 30 s. draining and drained: emptied on request, no new viewers.",
    unit: "short",
    width: 7,
    queries: [{ expr: "sum by (state) (airclass_nodes) > 0", legend: "{{state}}" }],
    show: "value and name",
    colors: stateColors,
  }),
  figure({
    title: "Viewers and places",
    description:
      "Students who are watching now, and how many the slaves that take viewers have places for (their MAX_CONNECTIONS together).",
    unit: "short",
    width: 6,
    queries: [
      { expr: "cluster:viewers:sum", legend: "viewers" },
      { expr: "cluster:max_viewers:sum", legend: "places" },
    ],
    colors: { places: "text" },
  }),
  figure({
    title: "Places taken",
    description: "Part of all places that is taken, those held for students on their way included. Add a slave before it is 80 %.",
    unit: "percentunit",
    decimals: 0,
    width: 4,
    queries: [{ expr: "cluster:load:ratio", legend: "taken" }],
    thresholds: limits.ClusterAlmostFull,
  }),
  figure({
    title: "Classes",
    description: "Classes whose teacher is streaming now, and classes that exist.",
    unit: "short",
    width: 4,
    queries: [
      { expr: "sum(airclass_live_streams)", legend: "live" },
      { expr: "sum(airclass_classes)", legend: "all" },
    ],
    colors: { all: "text" },
  }),
  figure({
    title: "Alerts firing",
    description: "Alerts that fire now; click for which. Over time they are red marks on every graph.",
    unit: "short",
    width: 3,
    queries: [{ expr: 'count(ALERTS{alertstate="firing"}) or vector(0)', legend: "alerts" }],
    thresholds: [{ value: 1, color: "red" }],
    link: { title: "Alerts", url: "/alerting/list?search=state:firing" },
  }),
];

const five = () => [
  graph({
    title: "Connections per node",
    description:
      "Viewers of each slave: students whose player asked for something within the last seconds. Slaves of one size should carry about the same.",
    unit: "short",
    width: 8,
    queries: [{ expr: "airclass_viewers", legend: "{{node_name}}" }],
  }),
  graph({
    title: "CPU per node",
    description: "CPU of each slave's machine (or container) in use. From 80 % on pictures may begin to stall: add a slave.",
    unit: "percentunit",
    max: 1,
    width: 8,
    queries: [{ expr: "airclass_cpu_ratio", legend: "{{node_name}}" }],
    thresholds: limits.HighCpu,
  }),
  graph({
    title: "Memory per node",
    description: "Memory of each slave's machine (or container) in use. Above 90 % the system may end processes.",
    unit: "percentunit",
    max: 1,
    width: 8,
    queries: [{ expr: "airclass_memory_ratio", legend: "{{node_name}}" }],
    thresholds: limits.HighMemory,
  }),
  graph({
    title: "Network bandwidth",
    description: "Video that each slave sends. It cannot exceed its network link: 240 Mbit/s are about 150 students at 1.6 Mbit/s.",
    unit: "bps",
    width: 8,
    queries: [{ expr: "node:media_sent_bytes:rate1m * 8", legend: "{{node_name}}" }],
  }),
  graph({
    title: "Error rate",
    description:
      "Part of all answers, of master and slaves, that were failures (5xx) or refusals because of too many requests (429). Normally 0.",
    unit: "percentunit",
    width: 8,
    queries: [{ expr: "cluster:error_responses:ratio_rate1m or vector(0)", legend: "failed answers" }],
    thresholds: limits.HighErrorRate,
  }),
  graph({
    title: "Mean delay",
    description:
      "How long an answer takes on average, by kind: from the request, or from when what it waited for was there, until it was handed to the system. Milliseconds are normal; it grows when a node is overloaded.",
    unit: "s",
    width: 8,
    queries: [
      { expr: "cluster:response_seconds:mean1m", legend: "all" },
      { expr: "kind:response_seconds:mean1m", legend: "{{role}} {{kind}}" },
    ],
  }),
];

const whereToLook = () => [
  table({
    title: "Slaves",
    description: "Every slave that the master knows, as of its last heartbeat. Click on a name to see more of it.",
    unit: "short",
    width: 12,
    columns: [
      { label: "node_name", expr: "max by (node_id, node_name) (airclass_cpu_ratio)", title: "Slave", link: slaveLink("__data.fields") },
      { label: "node_id", title: "Id", link: slaveLink("__data.fields") },
      { label: "state", expr: "max by (node_id, state) (airclass_node_state)", title: "State", colors: stateColors },
      { expr: "max by (node_id) (airclass_node_viewers)", title: "Viewers" },
      { expr: "max by (node_id) (airclass_node_max_viewers)", title: "Places" },
      { expr: "max by (node_id) (airclass_node_load_ratio)", title: "Load", unit: "percentunit", decimals: 0, thresholds: nodeLoad },
      { expr: "max by (node_id) (airclass_node_heartbeat_age_seconds)", title: "Last heartbeat", unit: "s", thresholds: heartbeatAge },
    ],
  }),
  table({
    title: "Live classes",
    description:
      "Every class that is streamed now. Click on a class to see more of it. Copies: slaves that hold the stream and are up to date; with fewer than wanted, a failure of its slave would be seen.",
    unit: "short",
    width: 12,
    columns: [
      { label: "path", title: "Class", link: classLink("__data.fields") },
      { label: "node_name", expr: "max by (path, node_name) (airclass_stream_is_origin == 1)", title: "Teacher's slave" },
      { expr: "max by (path) (path:stream_viewers:sum)", title: "Viewers" },
      { expr: "max by (path) (airclass_stream_in_sync_copies)", title: "Copies" },
      { expr: "max by (path) (airclass_stream_wanted_copies)", title: "Wanted" },
      { expr: "path:stream_ingest_bytes:rate1m * 8", title: "From teacher", unit: "bps" },
      {
        expr: "max by (path) (path:stream_live_edge_age_seconds:max)",
        title: "Newest picture",
        unit: "s",
        thresholds: limits.LiveEdgeStale,
      },
    ],
  }),
];

const students = () => [
  graph({
    title: "Time that pictures stood still",
    description:
      "Of the time that students watched in the last 5 minutes, the part for which their picture stood still, as their players report it.",
    unit: "percentunit",
    width: 8,
    queries: [{ expr: orNone("path:stream_player_stalled:ratio_rate5m", "path"), legend: "{{path}}" }],
    thresholds: limits.PlayersStalling,
  }),
  graph({
    title: "Time to the first picture",
    description:
      "From being let in to the first picture, for those who joined in the last 5 minutes: half of them, and 95 of 100, were faster. 0: nobody joined.",
    unit: "s",
    width: 8,
    queries: [
      { expr: "cluster:player_join_seconds:p50_5m > 0 or vector(0)", legend: "half" },
      { expr: "cluster:player_join_seconds:p95_5m > 0 or vector(0)", legend: "95 of 100" },
    ],
  }),
  graph({
    title: "Age of the newest picture",
    description:
      "For each live class: how old the newest media is on the slave where it is oldest. It grows when the teacher's network or a slave cannot keep up.",
    unit: "s",
    width: 8,
    queries: [{ expr: orNone("path:stream_live_edge_age_seconds:max", "path"), legend: "{{path}}" }],
    thresholds: limits.LiveEdgeStale,
  }),
];

const machinery = () => [
  graph({
    title: "Tokens",
    description:
      "Students let in per second (new, and renewed while they watch), and refused, by reason. Many refusals: a wrong join code, clocks that differ, or somebody trying.",
    unit: "reqps",
    width: 8,
    queries: [
      { expr: orNone("sum by (kind) (rate(airclass_tokens_issued_total[$__rate_interval]))", "kind"), legend: "issued: {{kind}}" },
      { expr: orNone("reason:tokens_refused:rate5m > 0", "reason"), legend: "refused: {{reason}}" },
    ],
  }),
  graph({
    title: "Incidents in 5 minutes",
    description: "What was mended without anybody noticing, or nearly: each is normal once, and a sign of trouble when it goes on.",
    unit: "short",
    decimals: 0,
    width: 8,
    queries: [
      { expr: "sum(increase(airclass_node_heartbeats_missed_total[5m])) or vector(0)", legend: "slaves gone silent" },
      { expr: "sum(increase(airclass_gateway_failovers_total[5m])) or vector(0)", legend: "teachers moved to another slave" },
      { expr: "sum(increase(airclass_ffmpeg_restarts_total[5m])) or vector(0)", legend: "ffmpeg restarts" },
      { expr: "sum(increase(airclass_publishers_refused_total[5m])) or vector(0)", legend: "teachers refused" },
      { expr: 'sum(increase(airclass_reservations_total{result="expired"}[5m])) or vector(0)', legend: "students who never came" },
    ],
  }),
  graph({
    title: "Event-loop lag",
    description:
      "How long anything waits at a node before it is looked at; 99 of 100 waits are shorter. Above 100 ms the node's one core is full.",
    unit: "s",
    width: 8,
    queries: [{ expr: "node:event_loop_lag_seconds:p99_5m", legend: "{{node_name}}" }],
    thresholds: limits.EventLoopSlow,
  }),
];

export const clusterDashboard = () =>
  dashboard({
    uid: uids.cluster,
    title: "AIRClass: cluster",
    description: "Is everything all right? First what there is now, then the five figures to watch, then where to look closer.",
    sections: [
      { title: "", panels: [...glance(), ...five()] },
      { title: "Where to look closer", panels: whereToLook() },
      { title: "What students notice", panels: students() },
      { title: "Behind the scenes", panels: machinery() },
    ],
  });
