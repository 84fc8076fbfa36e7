// Nothing goes around the tokens: strangers at the ports of a real MediaMTX.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import { rtspOutput, srtOutput, startMediaMtxRig } from "../conformance/engine/ways-in.ts";
import type { MediaMtxRig } from "../conformance/engine/ways-in.ts";
import { goodKey } from "./ingest-harness.ts";
import { canRead, listenersOf, readCodecs } from "./mediamtx-harness.ts";
import { mediaMtxMissing } from "../support/media-mtx.ts";

const skip = (await mediaMtxMissing()) ?? false;

/** A class that is on air, sent over SRT. */
async function onAir(mayPull?: (path: string, credential: string) => boolean): Promise<MediaMtxRig> {
  const mediaMtx = await startMediaMtxRig({}, undefined, mayPull);
  const { rig, settings } = mediaMtx;
  rig.publish("", { output: srtOutput(settings.srtPort, "lesson", goodKey) });
  await rig.until("media", () => rig.count("fragment", "live/lesson") > 20, 30_000);
  return mediaMtx;
}

test("nobody reads without a credential, by any protocol, with whatever publishers show", { skip, timeout: 120_000 }, async () => {
  const { rig, settings } = await onAir((path, credential) => path === "live/lesson" && credential === "node");
  await using _ = rig;
  const { running } = rig.engine.mediaMtx;
  assert.ok(running);
  const { srtPort, rtspPort } = settings;
  const key = encodeURIComponent(goodKey);
  const tcp = ["-rtsp_transport", "tcp"];
  const tries = await Promise.all([
    canRead(`rtsp://127.0.0.1:${rtspPort}/live/lesson`, ...tcp),
    canRead(`rtsp://teacher:${key}@127.0.0.1:${rtspPort}/live/lesson`, ...tcp),
    canRead(`rtsp://airclass:node@127.0.0.1:${rtspPort}/live/other`, ...tcp),
    canRead(`rtsp://127.0.0.1:${rtspPort}/live/lesson?key=${key}`, ...tcp),
    canRead(`rtsp://127.0.0.1:${rtspPort}/rtc/lesson`, ...tcp),
    canRead(`srt://127.0.0.1:${srtPort}?streamid=read:live/lesson`),
    canRead(`srt://127.0.0.1:${srtPort}?streamid=read:live/lesson:key=${key}`),
    canRead(`srt://127.0.0.1:${srtPort}?streamid=read:live/lesson:airclass:node`),
    canRead(rig.url(`lesson?key=${key}`)),
  ]);
  assert.deepEqual(
    tries,
    tries.map(() => false),
  );
  for (const path of ["live/lesson", "rtc/lesson"]) {
    for (const headers of [{}, { authorization: `Bearer ${goodKey}` }, { authorization: `Basic ${btoa("airclass:node")}` }]) {
      const response = await fetch(`${running.webrtcUrl}/${path}/whep?key=${key}`, {
        method: "POST",
        headers: { "content-type": "application/sdp", ...headers },
        body: "v=0\r\n",
      });
      assert.ok(response.status === 401 || response.status === 400, `${path}: ${response.status}`);
    }
  }
  // Who has the credential of another slave does, by RTSP.
  const pulled = await readCodecs(`rtsp://airclass:node@127.0.0.1:${rtspPort}/live/lesson`, ...tcp);
  assert.deepEqual(pulled.codecs.toSorted(), ["aac", "h264,0"], pulled.complaint);
  assert.equal(rig.count("started", "live/lesson"), 1);
});

test("its API and figures are on loopback, and for the slave alone", { skip, timeout: 60_000 }, async () => {
  const { rig, settings } = await startMediaMtxRig({ bindHost: "0.0.0.0" });
  await using _ = rig;
  const { mediaMtxPid, mediaMtx } = rig.engine;
  assert.ok(mediaMtxPid !== undefined && mediaMtx.running);
  const listeners = await listenersOf(mediaMtxPid);
  const open = listeners.filter((listener) => !/ 127\.0\.0\.1:/.test(listener)).map((listener) => listener.replace(/ .*:/, " "));
  const { srtPort, rtspPort, webrtcPort } = settings;
  assert.deepEqual(open.toSorted(), [`tcp ${rtspPort}`, `tcp ${webrtcPort}`, `udp ${srtPort}`, `udp ${webrtcPort}`].toSorted());
  const locals = listeners.filter((listener) => / 127\.0\.0\.1:/.test(listener)).map((listener) => listener.split(" ")[1]);
  assert.ok(locals.length >= 4, listeners.join(", "));
  const questions = ["/v3/paths/list", "/v3/config/global/get", "/metrics", "/debug/pprof/", "/live/lesson/", "/list?path=live/lesson"];
  const shown = [undefined, `Basic ${btoa("airclass:")}`, `Basic ${btoa(`airclass:${goodKey}`)}`];
  const asked = locals.flatMap((local) =>
    questions.flatMap((question) => shown.map((authorization) => ({ url: `http://${local}${question}`, authorization }))),
  );
  // Together: MediaMTX takes its time to say no.
  const answers = await Promise.all(
    asked.map(async ({ url, authorization }) => {
      const answer = await fetch(url, { ...(authorization && { headers: { authorization } }) }).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.status;
    }),
  );
  asked.forEach(({ url }, index) => assert.ok((answers[index] ?? 400) >= 400, `${url}: ${answers[index]}`));
  const patched = await fetch(`http://${new URL(mediaMtx.running.webrtcUrl).host}/v3/config/global/patch`, { method: "PATCH", body: "{}" });
  assert.ok(patched.status >= 400);
});

test("a publisher stays on its own path, and hostile names lead nowhere", { skip, timeout: 120_000 }, async () => {
  const { rig, settings } = await onAir();
  await using _ = rig;
  const { srtPort, rtspPort } = settings;
  const before = rig.requests.length;
  const names = ["../rtc/lesson", "Lesson", "a/b", "lesson/", "-x", "a".repeat(65), "%00", "..", "lesson%0a"];
  const outputs = [
    ...names.map((name) => srtOutput(srtPort, name, goodKey)),
    ...names.slice(0, 4).map((name) => rtspOutput(rtspPort, name, goodKey)),
    ["-f", "rtsp", "-rtsp_transport", "tcp", `rtsp://t:${encodeURIComponent(goodKey)}@127.0.0.1:${rtspPort}/rtc/lesson`],
    ["-f", "mpegts", `srt://127.0.0.1:${srtPort}?streamid=publish:rtc/lesson:key=${encodeURIComponent(goodKey)}`],
    ["-f", "mpegts", `srt://127.0.0.1:${srtPort}?streamid=#!::m=publish,r=rtc/lesson,s=${goodKey}`],
    ["-f", "mpegts", `srt://127.0.0.1:${srtPort}?streamid=nonsense`],
  ];
  for (let at = 0; at < outputs.length; at += 3) {
    const exits = await Promise.all(
      outputs.slice(at, at + 3).map((output) => rig.publish("", { output, video: "testsrc2=size=64x64:rate=5", audio: false }).exited),
    );
    exits.forEach(({ code }, index) => assert.notEqual(code, 0, outputs[at + index]?.at(-1)));
  }
  assert.equal(rig.requests.length, before, "no name that is not one gets to the gate");
  assert.ok(rig.events.every(({ path }) => path === "live/lesson"));
  assert.equal(rig.count("started", "live/lesson"), 1);
});

test("garbage and floods at its ports disturb no class", { skip, timeout: 120_000 }, async () => {
  const { rig, settings } = await onAir();
  await using _ = rig;
  const udp = createSocket("udp4");
  for (let count = 0; count < 2_000; count += 1) {
    udp.send(Buffer.from(`garbage ${count}`.repeat(20)), settings.srtPort, "127.0.0.1");
    udp.send(Buffer.alloc(64, count), settings.webrtcPort, "127.0.0.1");
  }
  const floods = Array.from({ length: 150 }, async (_, index) => {
    const answer = await fetch(`http://127.0.0.1:${settings.rtspPort}/${index}`).catch(() => undefined);
    await answer?.body?.cancel();
  });
  await Promise.all(floods);
  const before = rig.count("fragment", "live/lesson");
  await rig.until("the class goes on", () => rig.count("fragment", "live/lesson") > before + 20, 20_000);
  udp.close();
  assert.equal(rig.count("started", "live/lesson"), 1);
});

test("who is refused behind the hook is cut off before anybody saw a frame", { skip, timeout: 60_000 }, async () => {
  // As when the master says that the class is live on another slave.
  const { rig, settings } = await startMediaMtxRig({}, async () => ({ allowed: false, code: "publisher_present", reason: "Elsewhere." }));
  await using _ = rig;
  const exits = await Promise.all([
    rig.publish("", { output: srtOutput(settings.srtPort, "lesson", goodKey) }).exited,
    rig.publish("", { output: rtspOutput(settings.rtspPort, "other", goodKey) }).exited,
  ]);
  assert.ok(exits.every(({ code }) => code !== 0));
  assert.deepEqual(rig.refused, ["publisher_present", "publisher_present"]);
  assert.deepEqual(rig.events, []);
  assert.deepEqual(rig.engine.publishers(), []);
});
