// The teacher's real program, left at its defaults.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startCluster } from "../support/cluster.ts";
import { adminToken } from "../support/master-environment.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { mediaMtxMissing, mediaMtxVariables } from "../support/media-mtx.ts";
import { obsMissing, startObs } from "../support/obs.ts";
import { testPort } from "../support/test-port.ts";
import { startTopology } from "../support/topology.ts";

const missing = await obsMissing();
const noMediaMtx = (await mediaMtxMissing()) ?? false;

interface StreamsAnswer {
  streams: { path: string; publisher: { keyframe_interval: number | null; reencoding: boolean; advice: string | null } | null }[];
}

describe("OBS Studio", { skip: missing ?? false }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ slaves: 1 });
  });
  after(() => cluster.stop());

  const server = () => `rtmp://127.0.0.1:${cluster.slaves[0]?.rtmpPort}/live`;

  test("at its defaults it is re-encoded and can be watched, and the API says what to change", async () => {
    const lesson = await cluster.createClass("obs-lesson");
    const obs = startObs(server(), `${lesson.name}?key=${lesson.stream_key}`);
    try {
      const publisher = async () => {
        const response = await fetch(`${cluster.slaves[0]?.apiUrl}/api/streams`, { headers: { authorization: `Bearer ${adminToken}` } });
        const { streams } = (await response.json()) as StreamsAnswer;
        return streams.find(({ path }) => path === lesson.path)?.publisher;
      };
      await eventually("source is re-encoded", async () => (await publisher())?.reencoding === true, 60_000);
      await eventually("the interval is known", async () => ((await publisher())?.keyframe_interval ?? 0) > 4, 60_000);
      assert.match((await publisher())?.advice ?? "", /set Keyframe Interval to 2 s in OBS/);
      const { hls_url } = await cluster.token({ user_id: "kim", path: lesson.path });
      assert.equal((await fetch(hls_url)).status, 200);
    } finally {
      await obs.stop();
    }
  });

  test("a wrong key stops it with a sentence that says why", async () => {
    const lesson = await cluster.createClass("obs-refused");
    const obs = startObs(server(), `${lesson.name}?key=wrong`);
    try {
      await eventually("OBS has stopped", () => /Streaming Stop/.test(obs.log()), 60_000);
      assert.match(obs.log(), /NetStream\.Publish\.Denied \(The stream key is wrong/);
    } finally {
      await obs.stop();
    }
  });

  test("at the gateway it stays connected, and is not told, when the slave that carries its stream is killed", async () => {
    const topology = await startTopology({ kind: "processes", slaves: 2 });
    const lesson = await topology.createClass("obs-gateway");
    const obs = startObs(topology.doorUrl, `${lesson.name}?key=${lesson.stream_key}`);
    try {
      const stream = async () => (await topology.streams()).find(({ path }) => path === lesson.path);
      const inSync = async () => (await topology.replicas(lesson.path)).filter((copy) => copy.in_sync).length;
      await eventually("there are two copies", async () => (await stream()) !== undefined && (await inSync()) === 2, 60_000);
      const origin = (await stream())?.origin ?? "";
      await topology.slave(origin).kill();
      await eventually("the other slave goes on with it", async () => {
        const now = await stream();
        return now?.origin !== origin && now?.state === "live" && now.epoch > 1;
      });
      assert.equal(obs.log().match(/Connection to .* successful/g)?.length, 1, obs.log().slice(-2_000));
      assert.doesNotMatch(obs.log(), /Disconnected|Reconnecting|Streaming Stop/i);
    } finally {
      await obs.stop();
      await topology.stop();
    }
  });

  test(
    "over SRT its first keyframe comes seconds after its sound: it stays connected, and the picture is watched",
    { skip: noMediaMtx },
    async () => {
      const port = await testPort();
      const withSrt = await startCluster({ slave: { ...(await mediaMtxVariables(1))(0), SRT_PORT: String(port) } });
      const lesson = await withSrt.createClass("obs-srt");
      const obs = startObs(`srt://127.0.0.1:${port}?streamid=publish:live/obs-srt:key=${lesson.stream_key}`, "");
      try {
        await eventually(
          "the picture can be watched",
          async () =>
            (await (await fetch((await withSrt.token({ user_id: "kim", path: lesson.path })).hls_url)).text()).includes(
              "RESOLUTION=1280x720",
            ),
          60_000,
        );
        assert.doesNotMatch(obs.log(), /rejected|Reconnecting|Streaming Stop/i);
      } finally {
        await obs.stop();
        await withSrt.stop();
      }
    },
  );
});
