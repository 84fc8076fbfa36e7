import assert from "node:assert/strict";
import { once } from "node:events";
import { createConnection } from "node:net";
import type { Socket } from "node:net";
import { test } from "node:test";
import { malformedRtmp, noise } from "../fixtures/rtmp-corpus/malformed-rtmp.ts";
import { basicHeader, handshake, handshakeStart, publishRequest } from "../fixtures/rtmp-corpus/rtmp-bytes.ts";
import { goodKey, startRig } from "./ingest-harness.ts";

const withKey = (name: string) => `${name}?key=${encodeURIComponent(goodKey)}`;

function open(port: number): Socket {
  const socket = createConnection(port, "127.0.0.1");
  // The server resets what it does not like; that is what these tests are for.
  socket.on("error", () => undefined);
  socket.resume();
  return socket;
}

test("malformed RTMP ends its own connection, never the RTMP process, and reaches no sink", async () => {
  await using rig = await startRig({ limits: { publishDeadlineMs: 3_000 } });
  const worker = await rig.children();
  rig.publish(withKey("lesson"));
  await rig.until("the lesson", () => rig.count("fragment", "live/lesson") > 10);
  const cases = malformedRtmp(withKey("corpus"));
  assert.ok(cases.length > 35);
  for (const { name, bytes, unfinished } of cases) {
    const socket = open(rig.engine.rtmpPort);
    const closed = once(socket, "close");
    socket.write(bytes);
    if (unfinished) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      socket.destroy();
    } else {
      const timer = setTimeout(() => assert.fail(`still connected after: ${name}`), 2_500);
      await closed;
      clearTimeout(timer);
    }
    assert.ok((await rig.children()).includes(worker[0] ?? 0), `the RTMP process died of: ${name}`);
  }
  const before = rig.count("fragment", "live/lesson");
  await rig.until("the lesson goes on", () => rig.count("fragment", "live/lesson") > before + 10);
  assert.equal(rig.count("started", "live/lesson"), 1);
  assert.ok(rig.events.every((event) => event.path === "live/lesson" || event.kind === "ended"));
});

test("bytes that come one at a time, and large chunk stream ids, are read right", async () => {
  await using rig = await startRig();
  const socket = open(rig.engine.rtmpPort);
  socket.setNoDelay(true);
  socket.write(handshake());
  const request = publishRequest(withKey("slow")).subarray(handshake().length);
  for (const byte of request) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await rig.until("the request", () => rig.requests.length === 1);
  assert.equal(rig.requests[0]?.path, "live/slow");
  // Ids 320 and 65,599 need three bytes; node-media-server alone mistakes one for another.
  for (const id of [320, 65_599]) {
    const header = Buffer.from([0, 0, 0, 0, 0, 2, 9, 1, 0, 0, 0, 0x17, 0x02]);
    socket.write(Buffer.concat([basicHeader(0, id), header]));
  }
  await rig.until("it is accepted", () => rig.engine.publishers().length === 1);
  socket.destroy();
  await rig.until("it is gone", () => rig.engine.publishers().length === 0);
});

test("a thousand idle connections do not keep a teacher out, and are closed at the deadline", async () => {
  await using rig = await startRig({ limits: { publishDeadlineMs: 4_000, maxConnectionsPerAddress: 800 } });
  const worker = await rig.children();
  let closedCount = 0;
  const idle = Array.from({ length: 1_000 }, (_, index) => {
    const socket = open(rig.engine.rtmpPort);
    socket.once("close", () => (closedCount += 1));
    if (index % 2 === 0) socket.write(handshakeStart().subarray(0, 100));
    else socket.write(Buffer.concat([handshake(), noise(index % 7, 3)]));
    return socket;
  });
  await rig.until("the first 200 had to go", () => closedCount >= 200);
  rig.publish(withKey("teacher"));
  await rig.until("the teacher is on", () => rig.count("fragment", "live/teacher") > 10);
  await rig.until("all idle ones are closed", () => closedCount === idle.length, 10_000);
  assert.equal(rig.count("started", "live/teacher"), 1);
  assert.ok((await rig.children()).includes(worker[0] ?? 0));
});
