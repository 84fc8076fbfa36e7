// A teacher with nothing but a browser: camera and microphone over WHIP to a slave's HTTP port, watched over HLS.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { launchChromium } from "../support/browser.ts";
import { startCluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { mediaMtxMissing, mediaMtxVariables } from "../support/media-mtx.ts";
import { whipPublish } from "../support/whip-teacher.ts";

const skip = (await mediaMtxMissing()) ?? false;

test("a browser publishes over WHIP; students hear AAC, and nobody publishes without the key", { skip, timeout: 120_000 }, async (t) => {
  const cluster = await startCluster({ slave: await mediaMtxVariables(1) });
  t.after(() => cluster.stop());
  const page = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>teacher</title>"));
  await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
  t.after(() => page.close());
  const browser = await launchChromium(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
  t.after(() => browser.close());

  const lesson = await cluster.createClass("whip");
  const [slave] = cluster.slaves;
  assert.ok(slave);
  const endpoint = `${slave.hlsUrl}/live/whip/whip`;
  const open = async () => {
    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${(page.address() as AddressInfo).port}/`);
    return tab;
  };

  const refusals = await Promise.all([endpoint, `${endpoint}?key=wrong`].map(async (url) => (await whipPublish(await open(), url)).status));
  assert.deepEqual(refusals, [401, 401]);

  const teacher = await open();
  const answer = await whipPublish(teacher, `${endpoint}?key=${encodeURIComponent(lesson.stream_key)}`);
  assert.equal(answer.status, 201);
  assert.match(answer.location ?? "", /^whip\/[0-9a-f-]{36}$/);
  let playlist = "";
  await eventually(
    "the class can be watched",
    async () => {
      const { hls_url: url } = await cluster.token({ user_id: "student", path: lesson.path });
      const response = await fetch(url);
      playlist = await response.text();
      return response.ok;
    },
    60_000,
  );
  assert.match(playlist, /CODECS="avc1\.[0-9a-f]+,mp4a\.40\.2"/i);

  const present = await whipPublish(await open(), `${endpoint}?key=${encodeURIComponent(lesson.stream_key)}`);
  assert.equal(present.status, 409, "the first teacher keeps the class");

  const gone = await fetch(new URL(answer.location ?? "", endpoint), { method: "DELETE" });
  assert.equal(gone.status, 200);
  await eventually("the class waits for its teacher", async () =>
    (await (await cluster.fetch("/cluster/streams")).text()).includes('"waiting"'),
  );

  // As OBS shows its key: a bearer. What is wrong with the offer is told only to who may publish.
  const shown = (bearer: string) =>
    fetch(endpoint, { method: "POST", headers: { "content-type": "application/sdp", authorization: `Bearer ${bearer}` }, body: "v=0" });
  assert.equal((await shown("wrong")).status, 401);
  assert.equal((await shown(lesson.stream_key)).status, 406);
});
