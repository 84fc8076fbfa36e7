import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { eventually } from "../../../test/support/eventually.ts";
import type { LiveStreamReader, RenditionReader, Waiter } from "../live/live-log.ts";
import { createMediaHandler } from "./media-handler.ts";
import { createMediaResponder } from "./media-response.ts";

/** A log of literals that fails where the test wants it to. */
async function start(t: TestContext, rendition: Partial<RenditionReader>) {
  const logged: unknown[] = [];
  const reader = { playable: true, lastMsn: 1, playlist: () => ({ pieces: ["#EXTM3U\n"], bare: Buffer.from("#EXTM3U\n") }), ...rendition };
  const stream = { state: "live", playable: true, targetDurationS: 2, rendition: () => reader } as unknown as LiveStreamReader;
  const handle = createMediaHandler({
    nodeId: "slave-1",
    gate: { check: () => ({ ok: true }) },
    streams: { get: () => stream },
    copies: { want: () => Promise.resolve(), copyOf: () => undefined, followedBy: () => {} },
    isToMove: () => false,
    clientOf: () => "127.0.0.1",
    report: () => {},
    respond: createMediaResponder(undefined),
    logger: { error: (fields: unknown) => void logged.push(fields) } as never,
  });
  const server = createServer(handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live/math/source/stream.m3u8?jwt=S3CRET`;
  return { url, logged };
}

test("a defect that a request finds ends that request, and is logged without its token", async (t) => {
  let broken = true;
  const { url, logged } = await start(t, {
    playlist: () => {
      if (broken) throw new Error("a defect");
      return { pieces: ["#EXTM3U\n"], bare: Buffer.from("#EXTM3U\n") };
    },
  });
  await assert.rejects(fetch(url));
  assert.equal(logged.length, 1);
  assert.ok(!JSON.stringify(logged).includes("S3CRET"));
  broken = false;
  assert.equal((await fetch(url)).status, 200);
});

test("so does a defect that shows when a blocked request is released", async (t) => {
  let waiter: Waiter | undefined;
  const { url, logged } = await start(t, {
    request: () => "wait",
    wait: (_msn, _part, wake) => {
      waiter = wake;
      return () => {};
    },
    playlist: () => {
      throw new Error("a defect");
    },
  });
  const blocked = assert.rejects(fetch(`${url}&_HLS_msn=2`));
  await eventually("the request is blocked", () => waiter !== undefined);
  waiter?.("ready", 0);
  await blocked;
  assert.equal(logged.length, 1);
});
