import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { StreamMetadata } from "./link-frame.ts";
import { createRtmpClient } from "./rtmp-client.ts";
import type { RtmpClient, RtmpClientConfig, RtmpClientEnd } from "./rtmp-client.ts";
import { RtmpProtocol } from "./rtmp-protocol.ts";
import type { StreamTarget } from "./stream-target.ts";

interface Dialled {
  readonly client: RtmpClient;
  readonly accepted: Promise<void>;
  readonly ended: Promise<RtmpClientEnd>;
  readonly acknowledged: number[];
  wasAccepted: boolean;
}

function dial(t: TestContext, port: number, config: Partial<RtmpClientConfig> = {}): Dialled {
  const accepted = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<RtmpClientEnd>();
  const acknowledged: number[] = [];
  const client = createRtmpClient(
    {
      host: "127.0.0.1",
      port,
      app: "live",
      streamName: () => "math?relay=abc",
      publishTimeoutMs: 1_500,
      silenceTimeoutMs: 1_500,
      maxUnsentBytes: 1_000_000,
      ...config,
    },
    {
      accepted() {
        dialled.wasAccepted = true;
        accepted.resolve();
      },
      ended: ended.resolve,
      acknowledged: (mark) => acknowledged.push(mark),
    },
  );
  t.after(() => client.destroy());
  const dialled: Dialled = { client, accepted: accepted.promise, ended: ended.promise, acknowledged, wasAccepted: false };
  return dialled;
}

/** A server of a few lines; `talk` is called with each connection. */
async function serve(t: TestContext, talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => sockets.delete(socket));
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

/** The server's end of our own protocol. */
async function serveRtmp(
  t: TestContext,
  answer: (protocol: RtmpProtocol, socket: Socket) => void = (protocol) => protocol.acceptPublish(),
) {
  const media: { type: number; timestampMs: number; payload: Buffer }[] = [];
  const metadata: StreamMetadata[] = [];
  const targets: StreamTarget[] = [];
  const unpublished = Promise.withResolvers<void>();
  const sockets: Socket[] = [];
  const port = await serve(t, (socket) => {
    sockets.push(socket);
    const protocol: RtmpProtocol = new RtmpProtocol({
      send: (bytes) => void socket.write(bytes),
      publishRequested(target) {
        targets.push(target);
        answer(protocol, socket);
      },
      misnamed() {},
      media: (type, timestampMs, payload) => media.push({ type, timestampMs, payload: Buffer.from(payload) }),
      metadata: (given) => metadata.push(given),
      unpublished: unpublished.resolve,
      finished: () => void socket.end(),
    });
    socket.on("data", (bytes: Buffer) => protocol.receive(bytes));
  });
  return { port, media, metadata, targets, sockets, unpublished: unpublished.promise };
}

test("publishes with the name it is given; messages of every size and time arrive as they are, and the end too", async (t) => {
  const server = await serveRtmp(t);
  const { client, accepted, acknowledged } = dial(t, server.port);
  await accepted;
  assert.deepEqual(server.targets, [{ path: "live/math", key: undefined, token: undefined, relay: "abc" }]);
  client.metadata({ width: 1_280, height: 720, frameRate: 29.97, hasVideo: true, hasAudio: true });
  const times = [0, 40, 0xff_fffe, 0xff_ffff, 0x100_0000, 0xffff_ffff];
  const sizes = [1, 65_534, 65_535, 65_536, 131_070, 200_000];
  const sent = times.flatMap((timestampMs, index) =>
    sizes.map((size) => ({ type: (size + index) % 2 === 0 ? 8 : 9, timestampMs, payload: Buffer.alloc(size, size + index) })),
  );
  for (const { type, timestampMs, payload } of sent) client.media(type, timestampMs, payload);
  client.mark(7);
  while (!acknowledged.includes(7)) await sleep(20);
  client.finish();
  await server.unpublished;
  assert.deepEqual(server.metadata, [{ width: 1_280, height: 720, frameRate: 29.97, hasVideo: true, hasAudio: true }]);
  assert.equal(server.media.length, sent.length);
  for (const [index, expected] of sent.entries()) {
    const got = server.media[index];
    assert.ok(got && got.type === expected.type && got.timestampMs === expected.timestampMs, `message ${index}`);
    assert.ok(got.payload.equals(expected.payload), `payload ${index} of ${expected.payload.length} bytes`);
  }
});

test("a refusal is told with the server's words, before anything was accepted", async (t) => {
  const server = await serveRtmp(t, (protocol) => protocol.refusePublish("Not today."));
  const dialled = dial(t, server.port);
  const end = await dialled.ended;
  assert.equal(end.kind, "refused");
  assert.match(end.reason, /Not today/);
  assert.equal(dialled.wasAccepted, false);
});

test("nobody there, and a connection that breaks, are told at once", async (t) => {
  const closed = await serve(t, (socket) => socket.destroy());
  assert.equal((await dial(t, closed).ended).kind, "lost");
  const server = await serveRtmp(t);
  const { accepted, ended } = dial(t, server.port, { silenceTimeoutMs: 60_000 });
  await accepted;
  server.sockets[0]?.resetAndDestroy();
  assert.equal((await ended).kind, "lost");
  assert.equal((await dial(t, 1).ended).kind, "lost");
});

test("a server that accepts connections and says nothing is given up", async (t) => {
  const port = await serve(t, () => {});
  assert.equal((await dial(t, port, { publishTimeoutMs: 300 }).ended).kind, "silent");
});

test("a server that falls silent while publishing is given up; one that answers pings is not", async (t) => {
  const server = await serveRtmp(t);
  const { client, accepted, ended } = dial(t, server.port, { silenceTimeoutMs: 900 });
  await accepted;
  assert.equal(await Promise.race([ended, sleep(2_500, "fine")]), "fine");
  server.sockets[0]?.pause();
  client.media(9, 0, Buffer.alloc(100));
  assert.equal((await ended).kind, "silent");
});

test("its silence is known before it is given up, and ends it when the owner says so", async (t) => {
  const server = await serveRtmp(t);
  const { client, accepted, ended } = dial(t, server.port, { silenceTimeoutMs: 60_000 });
  await accepted;
  await sleep(1_600);
  assert.ok(client.silentMs < 1_000, "it answers pings");
  server.sockets[0]?.pause();
  while (client.silentMs <= 1_000) await sleep(20);
  assert.equal(await Promise.race([ended, sleep(0, "still there")]), "still there");
  client.giveUp();
  const end = await ended;
  assert.deepEqual([end.kind, /no sign of life for 1\d{3} ms/.test(end.reason)], ["silent", true], end.reason);
});

test("a server that reads too slowly is given up, before it costs memory; a burst may be allowed", async (t) => {
  const server = await serveRtmp(t);
  const { client, accepted, ended } = dial(t, server.port, { silenceTimeoutMs: 60_000, maxUnsentBytes: 100_000 });
  await accepted;
  server.sockets[0]?.pause();
  const frame = Buffer.alloc(1_000_000);
  client.allowUnsent(40_000_000);
  for (let sent = 0; sent < 20; sent += 1) client.media(9, sent, frame);
  assert.equal(await Promise.race([ended, sleep(50, "allowed")]), "allowed");
  for (let sent = 0; sent < 40; sent += 1) client.media(9, sent, frame);
  assert.equal((await ended).kind, "slow");
  assert.equal(client.unsentBytes, 0);
});

const garbage: readonly [string, Buffer][] = [
  ["an HTTP server", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
  [
    "random bytes after the handshake",
    Buffer.concat([Buffer.from([3]), Buffer.alloc(3_072), Buffer.from("ff00ff01ff02ff03".repeat(64), "hex")]),
  ],
  // A command of 16 MB is announced.
  ["a message without end", Buffer.concat([Buffer.from([3]), Buffer.alloc(3_072), Buffer.from("03000000ffffff140000000002", "hex")])],
  // A result for the connect whose AMF nests without end.
  [
    "AMF that nests deeply",
    Buffer.concat([
      Buffer.from([3]),
      Buffer.alloc(3_072),
      Buffer.from("0200000000000401000000000000ffff", "hex"),
      Buffer.from("03000000003a981400000000", "hex"),
      Buffer.from("0200075f726573756c74003ff0000000000000", "hex"),
      Buffer.alloc(15_000 - 19, Buffer.from("03000161", "hex")),
    ]),
  ],
];
for (const [what, bytes] of garbage) {
  test(`${what} ends the connection and nothing else`, async (t) => {
    const port = await serve(t, (socket) => socket.write(bytes));
    const { ended } = dial(t, port, { publishTimeoutMs: 5_000, silenceTimeoutMs: 5_000 });
    assert.equal((await ended).kind, "lost");
  });
}

test("a server that talks without end is cut off", async (t) => {
  const port = await serve(t, (socket) => {
    const flood = (): void => {
      while (!socket.destroyed && socket.write(Buffer.from("02000000000004030000000000000000".repeat(4_096), "hex")));
    };
    socket.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(3_072)]));
    socket.on("drain", flood);
    flood();
  });
  const end = await dial(t, port).ended;
  assert.deepEqual(end, { kind: "lost", reason: "the server talks too much" });
});

test("after finish and destroy nothing is told any more", async (t) => {
  const server = await serveRtmp(t);
  for (const leave of ["finish", "destroy"] as const) {
    const { client, accepted, ended } = dial(t, server.port);
    await accepted;
    client[leave]();
    client.media(9, 0, Buffer.alloc(10));
    client.metadata({ hasAudio: false, hasVideo: true });
    assert.equal(await Promise.race([ended, sleep(100, "quiet")]), "quiet");
  }
});
