// What happens at a slave is what its /metrics says: viewers, refusals, players' reports, a publisher; and what is gone is gone.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { publishRefusalCodes } from "../../src/shared/protocol/publish-refusals.ts";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { scrape, valueOf } from "../support/prometheus-text.ts";
import { startPublisher } from "../support/publisher.ts";

const picture = "-re -f lavfi -i testsrc=size=160x90:rate=15 -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -g 15";

describe("metrics of a slave", () => {
  let cluster: Cluster;
  let lesson: ClassWithKey;

  before(async () => {
    cluster = await startCluster({ slaves: 1, slave: { HEARTBEAT_INTERVAL: "0.5", MAX_CONNECTIONS: "70" } });
    lesson = await cluster.createClass("math");
    await cluster.publish(lesson, { args: picture.split(" ") });
  });
  after(() => cluster?.stop());

  const slave = () => {
    const [only] = cluster.slaves;
    assert.ok(only);
    return only;
  };

  /** Waits until the slave's figures are so; the text is made anew once a second. */
  async function untilSaid(
    what: string,
    holds: (value: (name: string, labels?: Record<string, string>) => number) => boolean,
  ): Promise<void> {
    await eventually(what, async () => {
      const one = await scrape(slave().apiUrl);
      const said: string[] = [];
      const value = (name: string, labels: Record<string, string> = {}) => {
        const found = valueOf(one, `airclass_${name}`, labels);
        said.push(`${name} ${found}`);
        return found ?? Number.NaN;
      };
      if (holds(value)) return true;
      throw new Error(said.join(", "));
    });
  }

  test("the node, and the stream that is published to it", async () => {
    const of = { path: lesson.path };
    await untilSaid(
      "all is well",
      (value) =>
        value("registered") === 1 &&
        value("heartbeats_total", { result: "ok" }) >= 2 &&
        value("max_viewers") === 70 &&
        value("publishers") === 1 &&
        value("live_log_bytes") > 1_000 &&
        value("stream_is_origin", of) === 1 &&
        value("stream_epoch", of) >= 1 &&
        value("stream_ingest_bytes_total", of) > 1_000 &&
        value("stream_ingest_frames_per_second", of) > 5 &&
        value("stream_keyframe_interval_seconds", of) === 1 &&
        value("stream_reencoded", of) === 0 &&
        value("stream_dropped_input_frames_total", of) === 0 &&
        value("stream_live_edge_age_seconds", of) < 3,
    );
  });

  test("a viewer's requests and report, and what a wrong token gets", async () => {
    const { hls_url: url, token } = await cluster.token({ user_id: "kim", path: lesson.path });
    const multivariant = await (await fetch(url)).text();
    assert.match(multivariant, /#EXTM3U/);
    const playlistUrl = new URL("source/stream.m3u8", url);
    playlistUrl.search = `?jwt=${token}`;
    let playlist = "";
    await eventually("there is a whole segment", async () => {
      playlist = await (await fetch(playlistUrl)).text();
      return /^seg-/m.test(playlist);
    });
    for (const [, uri = ""] of playlist.matchAll(/URI="([^"]+)"/g)) await (await fetch(new URL(uri, playlistUrl))).arrayBuffer();
    for (const [uri] of playlist.matchAll(/^seg-.*$/gm)) await (await fetch(new URL(uri, playlistUrl))).arrayBuffer();
    assert.equal((await fetch(new URL("index.m3u8?jwt=nonsense", url))).status, 401);
    assert.equal((await fetch(new URL(`/live/other/index.m3u8?jwt=${token}`, url))).status, 403);
    const report = { join_ms: 700, stalls: 2, stalled_ms: 300, window_ms: 5_000 };
    const reported = await fetch(new URL(`report?jwt=${token}`, url), { method: "POST", body: JSON.stringify(report) });
    assert.equal(reported.status, 204);
    const of = { path: lesson.path };
    await untilSaid(
      "it was a viewer, with a report",
      (value) =>
        value("viewers") >= 1 &&
        value("connections") >= 1 &&
        value("stream_viewers", of) >= 1 &&
        value("responses_total", { kind: "playlist", code: "200" }) >= 2 &&
        value("responses_total", { kind: "init", code: "200" }) >= 1 &&
        value("responses_total", { kind: "part", code: "200" }) >= 1 &&
        value("responses_total", { kind: "segment", code: "200" }) >= 1 &&
        value("responses_total", { kind: "playlist", code: "401" }) === 1 &&
        value("responses_total", { kind: "playlist", code: "403" }) === 1 &&
        value("media_sent_bytes_total", { kind: "segment" }) > 500 &&
        value("response_seconds_count", { kind: "part" }) >= 1 &&
        value("tokens_refused_total", { reason: "token_invalid" }) === 1 &&
        value("tokens_refused_total", { reason: "wrong_path" }) === 1 &&
        value("responses_total", { kind: "report", code: "204" }) === 1 &&
        value("player_join_seconds_count") === 1 &&
        value("player_join_seconds_sum") === 0.7 &&
        value("stream_player_joins_total", of) === 1 &&
        value("stream_player_stalls_total", of) === 2 &&
        value("stream_player_stalled_seconds_total", of) === 0.3 &&
        value("stream_player_watched_seconds_total", of) === 5,
    );
    const boast = JSON.stringify({ join_ms: 600_000, stalls: 10_000, stalled_ms: 600_000, window_ms: 600_000 });
    assert.equal((await fetch(new URL(`report?jwt=${token}`, url), { method: "POST", body: boast })).status, 204);
    await untilSaid(
      "one student is believed what can be true",
      (value) =>
        value("responses_total", { kind: "report", code: "204" }) === 2 &&
        value("player_join_seconds_count") === 1 &&
        value("stream_player_watched_seconds_total", of) < 60 &&
        value("stream_player_stalls_total", of) < 200,
    );
  });

  test("publishers who were refused, by why", async () => {
    for (const name of ["math?key=wrong", "no-such-class?key=wrong", "NOT.A.NAME"]) {
      const publisher = startPublisher(`rtmp://127.0.0.1:${slave().rtmpPort}/live/${name}`, picture.split(" "));
      await publisher.exited;
    }
    const refused = { wrong_key: 1, no_such_class: 1, bad_name: 1 } as Readonly<Record<string, number>>;
    await untilSaid("three were refused", (value) =>
      publishRefusalCodes.every((reason) => value("publishers_refused_total", { reason }) === (refused[reason] ?? 0)),
    );
  });

  test("a stream that is let go of takes its series along", async () => {
    const deleted = await cluster.fetch(`/api/classes/${lesson.name}`, { method: "DELETE" });
    assert.ok(deleted.ok, String(deleted.status));
    await eventually("nothing names it", async () => !(await scrape(slave().apiUrl)).text.includes(lesson.path));
    await untilSaid("the node is empty", (value) => value("publishers") === 0 && value("live_log_bytes") === 0);
  });
});
