// Every metric of AIRClass, once: what a node exposes, docs/metrics.md, and what alerts and dashboards may ask for come from
// here. Names and units follow https://prometheus.io/docs/practices/naming/. Labels are few and bounded: never a user, a
// token, an address, or a stream path that is not a class's.

/** Who exposes it. Prometheus adds `node_id`, `node_name` and `role` of the scraped node to each series (/cluster/prometheus). */
export type MetricRole = "master" | "slave";

interface Definition {
  readonly type: "gauge" | "counter" | "histogram";
  readonly help: string;
  readonly roles: readonly MetricRole[];
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[];
}

const both = ["master", "slave"] as const;
const master = ["master"] as const;
const slave = ["slave"] as const;

/** Seconds. From what a good answer takes to what a player gives up on. */
const responseBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export const metricCatalogue = {
  // What every node says of itself.
  airclass_build_info: { type: "gauge", help: "1; the version that runs", roles: both, labels: ["version"] },
  airclass_event_loop_lag_seconds: {
    type: "histogram",
    help: "How much later than asked for a timer ran: what any answer waits at the least",
    roles: both,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  },
  airclass_response_seconds: {
    type: "histogram",
    help: "Time from a request (or from when what it waited for was there: blocking playlist reload) until its answer was handed to the system, by kind",
    roles: both,
    labels: ["kind"],
    buckets: responseBuckets,
  },
  airclass_responses_total: {
    type: "counter",
    help: "Answers to requests, by kind and HTTP status; 500 also where a defect kept a request from being answered",
    roles: both,
    labels: ["kind", "code"],
  },
  airclass_tokens_refused_total: {
    type: "counter",
    help: "Token requests that the master refused, and requests with a token that a slave refused, by problem code",
    roles: both,
    labels: ["reason"],
  },
  airclass_sign_ins_total: {
    type: "counter",
    help: "Sign-ins to the pages, by result; many `failed` or `limited` ones: somebody guesses",
    roles: ["master"],
    labels: ["result"],
  },
  airclass_publishers_refused_total: {
    type: "counter",
    help: "Publishers that this node refused, the master at its gateway, by reason",
    roles: both,
    labels: ["reason"],
  },

  // The cluster, as the master sees it.
  airclass_nodes: { type: "gauge", help: "Slaves by state", roles: master, labels: ["state"] },
  airclass_node_up: {
    type: "gauge",
    help: "Whether a slave takes viewers (healthy, warning or critical)",
    roles: master,
    labels: ["node_id"],
  },
  airclass_node_state: {
    type: "gauge",
    help: "1 for the state that a slave is in; no series for the others",
    roles: master,
    labels: ["node_id", "state"],
  },
  airclass_node_viewers: { type: "gauge", help: "Viewers of a slave by its last heartbeat", roles: master, labels: ["node_id"] },
  airclass_node_reserved_viewers: {
    type: "gauge",
    help: "Places held on a slave for tokens that were issued and not yet used",
    roles: master,
    labels: ["node_id"],
  },
  airclass_node_max_viewers: { type: "gauge", help: "Viewers that a slave takes (MAX_CONNECTIONS)", roles: master, labels: ["node_id"] },
  airclass_node_load_ratio: {
    type: "gauge",
    help: "Viewers and reserved places of a slave by its maximum; above 1 it is overloaded",
    roles: master,
    labels: ["node_id"],
  },
  airclass_node_heartbeat_age_seconds: {
    type: "gauge",
    help: "Time since a slave was last heard: its heartbeat, or its registration",
    roles: master,
    labels: ["node_id"],
  },
  airclass_node_heartbeats_missed_total: {
    type: "counter",
    help: "Times that silence made a slave suspect, or offline",
    roles: master,
    labels: ["node_id"],
  },
  airclass_classes: { type: "gauge", help: "Classes that exist", roles: master },
  airclass_live_streams: { type: "gauge", help: "Streams that are published now, to a slave that the master can reach", roles: master },
  airclass_stream_in_sync_copies: {
    type: "gauge",
    help: "Copies of a live stream that are in sync, its origin included",
    roles: master,
    labels: ["path"],
  },
  airclass_stream_wanted_copies: {
    type: "gauge",
    help: "Copies of a live stream that are to be in sync: REPLICATION_FACTOR, or as many as there are slaves that take copies",
    roles: master,
    labels: ["path"],
  },
  airclass_tokens_issued_total: {
    type: "counter",
    help: "Tokens issued, by action and kind: new, renewed for the same slave, or moved to another one",
    roles: master,
    labels: ["action", "kind"],
  },
  airclass_waiting_viewers: {
    type: "gauge",
    help: "Viewers in the line for a seat of a full cluster who have asked within 20 s (OVERLOAD_POLICY=reject)",
    roles: master,
  },
  airclass_reservations: { type: "gauge", help: "Places held for viewers on their way", roles: master },
  airclass_reservations_total: {
    type: "counter",
    help: "Places that were held, by what became of them: claimed (the viewer came), expired (nobody came), or released (the viewer was sent elsewhere, or the slave left)",
    roles: master,
    labels: ["result"],
  },
  airclass_gateway_publishers: { type: "gauge", help: "Publishers at the master's gateway, by state", roles: master, labels: ["state"] },
  airclass_gateway_failovers_total: {
    type: "counter",
    help: "Times that a slave was lost while it carried a stream of the master's gateway",
    roles: master,
  },
  airclass_live_subscribers: {
    type: "gauge",
    help: "Pages that show live figures now: of the cluster, or of a class",
    roles: master,
  },

  // A slave.
  airclass_viewers: { type: "gauge", help: "Viewers: tokens seen within the last seconds", roles: slave },
  airclass_webrtc_viewers: { type: "gauge", help: "WebRTC sessions of viewers, who are among airclass_viewers", roles: slave },
  airclass_webrtc_pulls: { type: "gauge", help: "Streams of other nodes that can be watched here by WebRTC", roles: slave },
  airclass_webrtc_sessions_ended_total: {
    type: "counter",
    help: "WebRTC sessions of viewers that have ended, by reason",
    roles: slave,
    labels: ["why"],
  },
  airclass_max_viewers: { type: "gauge", help: "Viewers that this node takes (MAX_CONNECTIONS)", roles: slave },
  airclass_connections: { type: "gauge", help: "Open connections at the viewers' port", roles: slave },
  airclass_cpu_ratio: { type: "gauge", help: "CPU of the machine or container in use, 0 to 1", roles: slave },
  airclass_memory_ratio: { type: "gauge", help: "Memory of the machine or container in use, 0 to 1", roles: slave },
  airclass_registered: { type: "gauge", help: "Whether the master knows this node", roles: slave },
  airclass_heartbeats_total: { type: "counter", help: "Heartbeats sent, by result", roles: slave, labels: ["result"] },
  airclass_publishers: { type: "gauge", help: "Publishers connected to this node", roles: slave },
  airclass_ffmpeg_restarts_total: { type: "counter", help: "Times that ffmpeg was started again under a running stream", roles: slave },
  airclass_media_sent_bytes_total: {
    type: "counter",
    help: "Bytes of answers' bodies at the viewers' port, by kind",
    roles: slave,
    labels: ["kind"],
  },
  airclass_live_log_bytes: { type: "gauge", help: "Media that is kept in memory, of all streams", roles: slave },
  airclass_player_join_seconds: {
    type: "histogram",
    help: "Time from being let in to the first picture, as players report it",
    roles: slave,
    buckets: [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30],
  },

  // Per stream that a slave holds; gone with the stream.
  airclass_stream_viewers: { type: "gauge", help: "Viewers of a stream on this node", roles: slave, labels: ["path"] },
  airclass_stream_is_origin: {
    type: "gauge",
    help: "1 where a stream is published, 0 where it is followed",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_epoch: {
    type: "gauge",
    help: "Number of a stream's origin: each new one has a higher one, not always the next",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_live_edge_age_seconds: {
    type: "gauge",
    help: "Age of the newest media that this node has of a stream that is live",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_replication_lag_seconds: {
    type: "gauge",
    help: "Of a followed stream: for how long it has been behind its origin",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_replication_lag_parts: {
    type: "gauge",
    help: "Of a followed stream: parts that its upstream has and this node has not",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_ingest_bytes_total: {
    type: "counter",
    help: "Media that came from the publisher of a stream",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_ingest_frames_per_second: {
    type: "gauge",
    help: "Video frames from the publisher over the last seconds",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_keyframe_interval_seconds: {
    type: "gauge",
    help: "Time between the publisher's last keyframes",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_publisher_dropped_frames_total: {
    type: "counter",
    help: "Video frames that the publisher left out, by the holes between the times of those that came: its network is too slow, as OBS shows",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_dropped_input_frames_total: {
    type: "counter",
    help: "Video frames of the publisher that were received and reach nobody: those in an ffmpeg that failed and could not be kept for the next, or that had to begin anew. A slow node drops none: it stops reading, and the publisher drops frames on its side, as OBS shows",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_reencoded: {
    type: "gauge",
    help: "Whether the publisher's quality is re-encoded because its keyframes come too rarely (KEYFRAMES)",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_ffmpeg_restarts_total: {
    type: "counter",
    help: "Times that ffmpeg was started again under this publisher",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_player_joins_total: {
    type: "counter",
    help: "First pictures that players of a stream reported",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_player_stalls_total: {
    type: "counter",
    help: "Times that the picture stood still, as players of a stream reported it",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_player_stalled_seconds_total: {
    type: "counter",
    help: "Time for which the picture stood still, as players reported it",
    roles: slave,
    labels: ["path"],
  },
  airclass_stream_player_watched_seconds_total: {
    type: "counter",
    help: "Time that players of a stream reported on",
    roles: slave,
    labels: ["path"],
  },
} as const satisfies Record<string, Definition>;

export type MetricName = keyof typeof metricCatalogue;
export const metricDefinition = (name: MetricName): Definition => metricCatalogue[name];

/** What the values of a label are; all of them are known beforehand, or named by the operator (nodes, classes). */
export const labelMeanings: Readonly<Record<string, string>> = {
  version: "the version of AIRClass",
  kind: "of answers `api`, or at the viewers' port `playlist`, `init`, `segment`, `part`, `report` (players'), `whep` (WebRTC) or `other`; of tokens `new`, `renewed` or `moved`",
  code: "HTTP status",
  why: "`left`, `token_expired`, `token_revoked`, `replaced` (the viewer opened newer ones), `drained`, `server_restarted` or `stranger` (not let in by this slave)",
  reason:
    "of tokens a code of [errors.md](errors.md); of publishers `bad_name`, `no_such_class`, `class_closed`, `wrong_key`, `bad_token`, `draining`, `unavailable` or `publisher_present`",
  state:
    "of nodes as in `GET /cluster/nodes`; of publishers at the gateway `waiting_for_node`, `connecting`, `relaying`, `switching` (its slave failed) or `handing_over` (its slave drains)",
  node_id: "a slave's NODE_ID",
  path: "`live/<name>` of a class",
  action: "`read` (viewers) or `publish`",
  result:
    "of heartbeats `ok` or `failed`; of sign-ins `admin`, `teacher`, `failed` or `limited`; of places `claimed`, `expired` or `released`",
};
