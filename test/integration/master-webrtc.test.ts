// What the master says of WebRTC: to students where they can watch so, to slaves where they fetch it from.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addNode, heartbeat, startMaster, streamReport as stream } from "./master-harness.ts";
import type { TestMaster } from "./master-harness.ts";

const webrtc = { whep: true, rtsp_port: 8554 };

async function startWith(t: Parameters<typeof startMaster>[0], nodes: Record<string, object>): Promise<TestMaster> {
  const master = await startMaster(t);
  for (const [id, changes] of Object.entries(nodes)) await addNode(master, id, { host: `10.0.0.${id.at(-1)}`, follows: true, ...changes });
  await master.createClass("math", { open: true });
  return master;
}

async function whepUrlAt(master: TestMaster, exclude: string[]): Promise<string | undefined> {
  const { status, body } = await master.join({ user_id: "kim", class: "math", exclude });
  assert.equal(status, 200, JSON.stringify(body));
  assert.ok(body.whep_url === undefined || body.whep_url.endsWith(`?jwt=${body.token}`));
  return body.whep_url?.split("?")[0];
}

test("a token says where WebRTC is, for slaves that serve it and streams whose origin has it", async (t) => {
  const master = await startWith(t, { "slave-1": webrtc, "slave-2": { ...webrtc, rtsp_port: 0 }, "slave-3": {} });
  assert.equal(await whepUrlAt(master, ["slave-2", "slave-3"]), "http://10.0.0.1:8888/live/math/whep", "nobody publishes yet: it may come");
  assert.equal(await whepUrlAt(master, ["slave-1", "slave-2"]), undefined, "this slave has no MediaMTX");
  await heartbeat(master, "slave-1", { streams: [stream("origin")] });
  assert.equal(await whepUrlAt(master, ["slave-1", "slave-3"]), "http://10.0.0.2:8888/live/math/whep", "fetched from the origin");
  await heartbeat(master, "slave-1", {});
  await heartbeat(master, "slave-2", { streams: [stream("origin")] });
  assert.equal(await whepUrlAt(master, ["slave-1", "slave-3"]), "http://10.0.0.2:8888/live/math/whep", "the origin itself needs no RTSP");
  assert.equal(await whepUrlAt(master, ["slave-2", "slave-3"]), undefined, "an origin whose RTSP is closed gives it to nobody");
  await heartbeat(master, "slave-2", {});
  await heartbeat(master, "slave-3", { streams: [stream("origin")] });
  assert.equal(await whepUrlAt(master, ["slave-2", "slave-3"]), undefined, "the origin has no MediaMTX");
});

test("slaves are told where to fetch a stream for WebRTC: from its origin, never from a copy", async (t) => {
  const master = await startWith(t, { "slave-1": webrtc, "slave-2": webrtc });
  await heartbeat(master, "slave-1", { streams: [stream("origin")] });
  assert.equal((await heartbeat(master, "slave-2")).body.streams[0]?.rtsp_url, "rtsp://10.0.0.1:8554");
  await heartbeat(master, "slave-1", { streams: [stream("replica")] });
  assert.equal((await heartbeat(master, "slave-2")).body.streams[0]?.rtsp_url, undefined);
});
