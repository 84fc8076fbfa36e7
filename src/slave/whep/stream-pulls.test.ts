import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test } from "node:test";
import { verifyMediaCredential } from "../../shared/tokens/media-credential.ts";
import { createStreamPulls } from "./stream-pulls.ts";
import type { RtspOrigin } from "./stream-pulls.ts";
import type { RunningWebrtc } from "./webrtc-server.ts";

const mediaKey = createSecretKey(Buffer.alloc(32, 7));
const path = "live/math";
const far: RtspOrigin = { nodeId: "slave-2", epoch: 3, rtspUrl: "rtsp://10.0.0.2:8554" };
const farther: RtspOrigin = { nodeId: "slave-3", epoch: 4, rtspUrl: "rtsp://10.0.0.3:8554" };

/** A media server of literals: what it was told, and whether it has the stream. */
function stage() {
  const world = { nowMs: 0, origin: far as RtspOrigin | undefined, isOrigin: false, watchers: 0, available: false };
  const told: string[] = [];
  const sources: URL[] = [];
  const configured = new Set<string>();
  const running: RunningWebrtc = {
    webrtcUrl: "http://127.0.0.1:1",
    authorization: "",
    api: {
      sessions: () => Promise.resolve([]),
      kick: () => Promise.resolve(true),
      path: () => Promise.resolve({ available: world.available }),
      hasPath: (name) => Promise.resolve(configured.has(name)),
      setPath(name, { source }) {
        configured.add(name);
        sources.push(new URL(String(source)));
        told.push(`set ${name}`);
        return Promise.resolve();
      },
      removePath(name) {
        configured.delete(name);
        told.push(`remove ${name}`);
        return Promise.resolve(true);
      },
    },
  };
  const server = { running: running as RunningWebrtc | undefined };
  const pulls = createStreamPulls({
    nodeId: "slave-1",
    server,
    mediaPathOf: () => "rtc/math",
    isOrigin: () => world.isOrigin,
    originOf: () => world.origin,
    watchersOf: () => world.watchers,
    mediaKey,
    clusterTimeMs: () => 1_000_000_000 + world.nowMs,
    nowMs: () => world.nowMs,
    logger: { info() {}, warn() {} },
  });
  return { world, told, sources, configured, running, server, pulls };
}

test("a stream of another node is fetched with a credential for it and for nothing else", async () => {
  const { sources, running, pulls, told } = stage();
  assert.deepEqual(await Promise.all([pulls.ready(running, path), pulls.ready(running, path)]), [true, true]);
  assert.deepEqual(told, ["set rtc/math"], "two who come at once are one fetch");
  const [source] = sources;
  assert.equal(`${source?.protocol}//${source?.host}${source?.pathname}`, "rtsp://10.0.0.2:8554/rtc/math");
  const credential = decodeURIComponent(source?.password ?? "");
  assert.equal(verifyMediaCredential(mediaKey, credential, { holder: "slave-2", path }, 1_000_000_000)?.follower, "slave-1");
  assert.equal(verifyMediaCredential(mediaKey, credential, { holder: "slave-2", path: "live/other" }, 1_000_000_000), undefined);
});

test("nobody is known who has it: it is not ready, and nothing is told", async () => {
  const { world, running, pulls, told } = stage();
  world.origin = undefined;
  assert.equal(await pulls.ready(running, path), false);
  world.origin = { ...far, nodeId: "slave-1" };
  assert.equal(await pulls.ready(running, path), false, "this node itself is no source");
  assert.deepEqual(told, []);
});

test("the origin serves it itself; what was fetched before is let go first", async () => {
  const { world, running, pulls, told } = stage();
  await pulls.ready(running, path);
  world.isOrigin = true;
  assert.equal(await pulls.ready(running, path), true);
  assert.deepEqual(told, ["set rtc/math", "remove rtc/math"]);
  await pulls.release(path);
  assert.deepEqual(told.length, 2);
});

test("it follows the origin, keeps it while somebody watches, and lets go after", async () => {
  const { world, running, pulls, told, sources } = stage();
  await pulls.ready(running, path);
  world.watchers = 1;
  world.nowMs = 100_000;
  await pulls.sweep();
  assert.equal(told.length, 1, "readers are not ended for a younger credential");
  world.origin = farther;
  await pulls.sweep();
  assert.equal(sources.at(-1)?.host, "10.0.0.3:8554");
  world.origin = undefined;
  await pulls.sweep();
  assert.equal(pulls.count, 1, "an origin that is away may come back");
  world.watchers = 0;
  world.nowMs += 21_000;
  await pulls.sweep();
  assert.deepEqual([told.at(-1), pulls.count], ["remove rtc/math", 0]);
});

test("a credential that has grown old is made anew, unless its connection lives", async () => {
  const { world, running, pulls, told } = stage();
  await pulls.ready(running, path);
  world.nowMs = 61_000;
  world.available = true;
  await pulls.ready(running, path);
  assert.equal(told.length, 1);
  world.available = false;
  await pulls.ready(running, path);
  assert.equal(told.length, 2);
});

test("a media server that was started anew is told again, and what it refuses is not ready", async () => {
  const { running, server, pulls, told } = stage();
  await pulls.ready(running, path);
  const fresh: RunningWebrtc = { ...running, api: { ...running.api } };
  server.running = fresh;
  await pulls.sweep();
  assert.equal(pulls.count, 0);
  assert.equal(await pulls.ready(fresh, path), true);
  assert.equal(told.length, 2);
  const broken: RunningWebrtc = { ...running, api: { ...running.api, setPath: () => Promise.reject(new Error("no")) } };
  server.running = broken;
  assert.equal(await pulls.ready(broken, path), false);
});

test("a media server that has read its file anew is told again; one that outlives this slave is left with nothing", async () => {
  const { configured, running, pulls, told } = stage();
  await pulls.ready(running, path);
  configured.clear();
  assert.equal(await pulls.ready(running, path), true);
  assert.deepEqual(told, ["set rtc/math", "set rtc/math"]);
  await pulls.stop();
  assert.deepEqual([told.at(-1), pulls.count], ["remove rtc/math", 0]);
});
