// The RTMP process answers pings for as long as the slave behind it runs, and not longer: gateways tell a dead slave by that.
import assert from "node:assert/strict";
import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import type { Child } from "../../src/shared/process/child.ts";
import { createFrameReader, encodeControl } from "../../src/shared/rtmp/link-frame.ts";
import type { FromWorker, MediaFrame, ToWorker } from "../../src/shared/rtmp/link-frame.ts";
import { message, publishRequest } from "../fixtures/rtmp-corpus/rtmp-bytes.ts";
import { eventually } from "../support/eventually.ts";

const limits = { maxConnections: 10, maxConnectionsPerAddress: 10, publishDeadlineMs: 2_500, idleTimeoutMs: 2_500 };
/** User control message (type 4): event 6 is PingRequest, 7 PingResponse, then a timestamp (RTMP 1.0, 7.1.7). */
const ping = (stamp: number) => message(4, Buffer.concat([Buffer.from([0, 6]), u32(stamp)]), { chunkStream: 2 });
const pong = (stamp: number) => Buffer.concat([Buffer.from([0, 7]), u32(stamp)]);

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

class Owner {
  readonly frames: (FromWorker | ToWorker | MediaFrame)[] = [];
  readonly #worker: Child;
  readonly #link: Duplex;
  #beat: NodeJS.Timeout | undefined;

  constructor() {
    this.#worker = startChild({
      command: process.execPath,
      args: ["--disable-warning=ExperimentalWarning", fileURLToPath(new URL("../../src/shared/rtmp/rtmp-worker.ts", import.meta.url))],
      stdio: ["ignore", "ignore", "inherit", "pipe"],
      env: childEnvironment(),
    });
    this.#link = this.#worker.pipe(3);
    this.#link.on(
      "data",
      createFrameReader((frame) => void this.frames.push(frame)),
    );
    this.tell({ kind: "listen", config: { host: "127.0.0.1", port: 0, limits } });
    this.live();
  }

  tell(frame: ToWorker): void {
    this.#link.write(encodeControl(frame));
  }

  live(): void {
    clearInterval(this.#beat);
    this.#beat = setInterval(() => this.tell({ kind: "alive" }), 100);
  }

  /** As a stopped process does: nothing more is said. */
  standStill(): void {
    clearInterval(this.#beat);
  }

  async port(): Promise<number> {
    await eventually("it listens", () => this.frames.some(({ kind }) => kind === "listening"));
    const frame = this.frames.find(({ kind }) => kind === "listening");
    return frame?.kind === "listening" ? frame.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beat);
    await this.#worker.stop(0);
  }
}

test("pings are answered while the owner lives, not while it stands still, and nobody is punished for that time", async () => {
  await using owner = new Owner();
  const socket = createConnection(await owner.port(), "127.0.0.1");
  try {
    let received = Buffer.alloc(0);
    let closed = false;
    socket.on("data", (bytes: Buffer) => (received = Buffer.concat([received, bytes])));
    socket.on("error", () => undefined);
    socket.on("close", () => (closed = true));
    socket.write(publishRequest("lesson?key=any"));
    await eventually("it asks", () => owner.frames.some(({ kind }) => kind === "publish"));
    owner.tell({ kind: "allow", session: 1 });
    await eventually("it is accepted", () => received.includes("NetStream.Publish.Start"));

    let stamp = 0;
    const answers = async (): Promise<boolean> => {
      stamp += 1;
      const mine = stamp;
      socket.write(ping(mine));
      for (let tries = 0; tries < 20 && !received.includes(pong(mine)); tries += 1) await sleep(10);
      return received.includes(pong(mine));
    };
    await eventually("a ping is answered", answers);
    owner.standStill();
    await eventually("pings are no longer answered", async () => !(await answers()));
    const unanswered = stamp;
    // Longer than the idle time-out of publishers.
    await sleep(3_500);
    assert.ok(!received.includes(pong(unanswered)));
    assert.ok(!closed && !owner.frames.some(({ kind }) => kind === "end"), "the publisher was not cut off");
    owner.live();
    await eventually("what was asked meanwhile is answered", () => received.includes(pong(unanswered)));
    await eventually("and what is asked now", answers);
    assert.ok(!closed);
    await eventually("who falls silent then has timed out", () =>
      owner.frames.some((frame) => frame.kind === "end" && frame.why === "timed_out"),
    );
  } finally {
    socket.destroy();
  }
});

test("who connects while the owner stands still is served when it goes on", async () => {
  await using owner = new Owner();
  const port = await owner.port();
  owner.standStill();
  await sleep(1_600);
  const socket = createConnection(port, "127.0.0.1");
  try {
    let answered = false;
    let closed = false;
    socket.on("data", () => (answered = true));
    socket.on("error", () => undefined);
    socket.on("close", () => (closed = true));
    socket.write(publishRequest("late?key=any"));
    // Longer than a connection may take to publish.
    await sleep(3_200);
    assert.ok(!answered && !closed);
    owner.live();
    await eventually("it asks", () => owner.frames.some((frame) => frame.kind === "publish" && frame.path === "live/late"));
  } finally {
    socket.destroy();
  }
});
