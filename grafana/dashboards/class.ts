// One class: does the teacher's picture come in well, does it get through the cluster, do students see it.
import { MappingType, QueryVariableBuilder, VariableRefresh, VariableSort } from "@grafana/grafana-foundation-sdk/dashboard";
import { limits, replicationLag } from "./colors.ts";
import { dashboard, slaveLink, uids } from "./dashboard-frame.ts";
import { dataSource, figure, graph, orNone, variableQuery } from "./panels.ts";

/** Classes that were live in the time shown. */
const path = () =>
  new QueryVariableBuilder("path")
    .label("Class")
    .datasource(dataSource)
    .query(variableQuery("label_values(airclass_stream_viewers, path)"))
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc);

const of = 'path="$path"';

const glance = () => [
  figure({
    title: "Viewers",
    description: "Students who watch this class now, on all slaves.",
    unit: "short",
    width: 3,
    queries: [{ expr: `path:stream_viewers:sum{${of}}`, legend: "viewers" }],
  }),
  figure({
    title: "Teacher's slave",
    description: "The slave to which the class is published (its origin); the others copy from it. Click to see more of it.",
    unit: "string",
    width: 5,
    queries: [{ expr: `max by (node_id, node_name) (airclass_stream_is_origin{${of}} == 1)`, legend: "{{node_name}}" }],
    show: "name",
    link: slaveLink("__field.labels"),
  }),
  figure({
    title: "Copies",
    description:
      "Slaves that have the stream and are up to date, the teacher's included, and how many are wanted. With fewer, students would notice if its slave failed.",
    unit: "short",
    width: 5,
    queries: [
      { expr: `max(airclass_stream_in_sync_copies{${of}})`, legend: "up to date" },
      { expr: `max(airclass_stream_wanted_copies{${of}})`, legend: "wanted" },
    ],
    colors: { wanted: "text" },
  }),
  figure({
    title: "Newest picture",
    description: "Age of the newest media of this class on the slave where it is oldest. Well below a second is normal.",
    unit: "s",
    decimals: 2,
    width: 4,
    queries: [{ expr: `path:stream_live_edge_age_seconds:max{${of}}`, legend: "age" }],
    thresholds: limits.LiveEdgeStale,
  }),
  figure({
    title: "Picture stood still",
    description: "Of the time that students watched this class in the last 5 minutes, the part for which their picture stood still.",
    unit: "percentunit",
    decimals: 1,
    width: 4,
    queries: [{ expr: `sum(path:stream_player_stalled:ratio_rate5m{${of}}) or vector(0)`, legend: "still" }],
    thresholds: limits.PlayersStalling,
  }),
  figure({
    title: "Re-encoded",
    description:
      "Whether the slave encodes the teacher's video again because its keyframes come too rarely; it costs CPU. In OBS, set the keyframe interval to 2 s.",
    unit: "short",
    width: 3,
    queries: [{ expr: `max(airclass_stream_reencoded{${of}})`, legend: "re-encoded" }],
    mappings: [{ type: MappingType.ValueToText, options: { "0": { text: "no", color: "green" }, "1": { text: "yes", color: "yellow" } } }],
  }),
];

const students = () => [
  graph({
    title: "Viewers per slave",
    description: "Where the students of this class watch from.",
    unit: "short",
    width: 8,
    stacked: true,
    queries: [{ expr: `sum by (node_id, node_name) (airclass_stream_viewers{${of}})`, legend: "{{node_name}}" }],
  }),
  graph({
    title: "Time that pictures stood still",
    description:
      "Of the time that students watched, the part for which their picture stood still, by slave: all bad is the teacher's side, one bad is that slave.",
    unit: "percentunit",
    width: 8,
    queries: [
      {
        expr: orNone(
          `sum by (node_id, node_name) (rate(airclass_stream_player_stalled_seconds_total{${of}}[1m])) / (sum by (node_id, node_name) (rate(airclass_stream_player_watched_seconds_total{${of}}[1m])) > 0)`,
          "node_name",
        ),
        legend: "{{node_name}}",
      },
    ],
    thresholds: limits.PlayersStalling,
  }),
  graph({
    title: "Joins and stalls in 1 minute",
    description: "Students who got their first picture, and times that a picture stood still.",
    unit: "short",
    decimals: 0,
    width: 8,
    queries: [
      { expr: `sum(increase(airclass_stream_player_joins_total{${of}}[1m]))`, legend: "first pictures" },
      { expr: `sum(increase(airclass_stream_player_stalls_total{${of}}[1m]))`, legend: "stalls" },
    ],
    colors: { stalls: "red", "first pictures": "green" },
  }),
];

const teacher = () => [
  graph({
    title: "Bitrate",
    description: "What comes from the teacher. It should be steady; where it falls to nothing, look at the teacher's network.",
    unit: "bps",
    width: 8,
    queries: [{ expr: `sum(rate(airclass_stream_ingest_bytes_total{${of}}[$__rate_interval])) * 8`, legend: "from the teacher" }],
  }),
  graph({
    title: "Frames per second",
    description:
      "Video frames that come from the teacher, and those that were received and reach nobody because ffmpeg failed or had to begin anew. OBS is set to 30 as a rule; fewer means that the teacher's PC or network does not keep up.",
    unit: "short",
    width: 8,
    queries: [
      { expr: `max(airclass_stream_ingest_frames_per_second{${of}})`, legend: "received" },
      { expr: `sum(rate(airclass_stream_dropped_input_frames_total{${of}}[$__rate_interval])) or vector(0)`, legend: "lost" },
    ],
    colors: { lost: "red", received: "green" },
  }),
  graph({
    title: "Keyframe interval",
    description:
      "Time between the teacher's last keyframes. 2 s is good; above 4 s the slave has to encode again, or students wait longer to join. It is a setting of OBS.",
    unit: "s",
    width: 8,
    queries: [{ expr: `max(airclass_stream_keyframe_interval_seconds{${of}})`, legend: "keyframes" }],
    thresholds: limits.IngestUnhealthy,
  }),
];

const through = () => [
  graph({
    title: "Age of the newest picture",
    description: "How old the newest media of this class is, on each slave that has it.",
    unit: "s",
    width: 8,
    queries: [{ expr: `max by (node_id, node_name) (airclass_stream_live_edge_age_seconds{${of}})`, legend: "{{node_name}}" }],
    thresholds: limits.LiveEdgeStale,
  }),
  graph({
    title: "Behind the teacher's slave",
    description: "For how long each copy has been behind, in seconds. Normally 0; it grows when the network between the slaves is full.",
    unit: "s",
    width: 8,
    queries: [
      {
        expr: orNone(`max by (node_id, node_name) (airclass_stream_replication_lag_seconds{${of}})`, "node_name"),
        legend: "{{node_name}}",
      },
    ],
    thresholds: replicationLag,
  }),
  graph({
    title: "Interruptions in 5 minutes",
    description:
      "How often ffmpeg was started again under the teacher's stream, and how often the stream began anew: another slave took it over, or the teacher came back.",
    unit: "short",
    decimals: 0,
    width: 8,
    queries: [
      { expr: `sum(increase(airclass_stream_ffmpeg_restarts_total{${of}}[5m])) or vector(0)`, legend: "ffmpeg restarts" },
      { expr: `path:stream_epoch:changes5m{${of}}`, legend: "new beginnings" },
    ],
  }),
];

export const classDashboard = () =>
  dashboard({
    uid: uids.class,
    title: "AIRClass: one class",
    description: "Does the teacher's picture come in well, does it get through the cluster, do students see it?",
    variables: [path()],
    sections: [
      { title: "", panels: [...glance(), ...students()] },
      { title: "What the teacher sends", panels: teacher() },
      { title: "Through the cluster", panels: through() },
    ],
  });
