import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createMediaMtxApi, MediaMtxApiError } from "./mediamtx-api.ts";
import type { MediaMtxApi } from "./mediamtx-api.ts";

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
}

/** An API of a few lines; `answer` gives a status and a body for each question. */
async function serve(t: TestContext, answer: (asked: Asked) => readonly [number, unknown]): Promise<{ api: MediaMtxApi; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const question = {
      method: request.method ?? "",
      url: new URL(request.url ?? "/", "http://x"),
      authorization: request.headers.authorization,
    };
    asked.push(question);
    const [status, body] = answer(question);
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { api: createMediaMtxApi({ url, authorization: "Basic x" }), asked };
}

test("lists are read to their last page, and newer names count before older ones", async (t) => {
  const pages = [
    [
      {
        name: "live/new",
        available: true,
        ready: false,
        inboundBytes: 5,
        bytesReceived: 4,
        tracks2: [{ codec: "H264" }],
        source: { type: "srtConn", id: "a" },
      },
      {
        name: "live/old",
        ready: true,
        bytesReceived: 7,
        tracks: ["H264", "Opus"],
        source: { type: "rtmpConn", id: "b" },
        readers: [{}, {}],
      },
    ],
    [{ name: "live/idle", ready: false, source: null }],
    [{ name: "rtc/last", source: { type: "redirect" } }],
  ];
  const { api, asked } = await serve(t, ({ url }) => [
    200,
    { itemCount: 4, pageCount: 3, items: pages[Number(url.searchParams.get("page"))] },
  ]);
  assert.deepEqual(await api.paths(), [
    { name: "live/new", available: true, source: { type: "srtConn", id: "a" }, codecs: ["H264"], inboundBytes: 5, readers: 0 },
    { name: "live/old", available: true, source: { type: "rtmpConn", id: "b" }, codecs: ["H264", "Opus"], inboundBytes: 7, readers: 2 },
    { name: "live/idle", available: false, source: undefined, codecs: [], inboundBytes: 0, readers: 0 },
    { name: "rtc/last", available: false, source: { type: "redirect", id: "" }, codecs: [], inboundBytes: 0, readers: 0 },
  ]);
  assert.deepEqual(
    asked.map(({ url }) => [url.pathname, url.searchParams.get("page"), url.searchParams.get("itemsPerPage")]),
    [0, 1, 2].map((page) => ["/v3/paths/list", String(page), "100"]),
  );
  assert.ok(asked.every(({ authorization }) => authorization === "Basic x"));
});

test("what is not there is an answer, everything else that goes wrong an error", async (t) => {
  const missing = await serve(t, () => [404, { status: "error", error: "not found" }]);
  assert.equal(await missing.api.path("live/none"), undefined);
  assert.equal(await missing.api.kick("srtconns", "x"), false);
  assert.equal(await missing.api.removePath("rtc/none"), false);
  assert.deepEqual(await missing.api.sessions("rtmpsconns"), []);
  for (const answer of [
    [401, "no"],
    [500, "oops"],
    [200, "<html>"],
    [200, { something: "else" }],
  ] as const) {
    const { api } = await serve(t, () => answer);
    await assert.rejects(api.info(), MediaMtxApiError, JSON.stringify(answer));
  }
  const gone = createMediaMtxApi({ url: "http://127.0.0.1:1", authorization: "" });
  await assert.rejects(gone.paths(), /MediaMTX does not answer at http:\/\/127\.0\.0\.1:1/);
});

test("a path is added where there was none, and replaced where there was", async (t) => {
  for (const [isThere, verb] of [
    [false, "add"],
    [true, "replace"],
  ] as const) {
    const { api, asked } = await serve(t, ({ method }) => (method === "GET" && !isThere ? [404, {}] : [200, {}]));
    await api.setPath("rtc/math", { source: "rtsp://x" });
    assert.deepEqual(
      asked.map(({ method, url }) => `${method} ${url.pathname}`),
      ["GET /v3/config/paths/get/rtc/math", `POST /v3/config/paths/${verb}/rtc/math`],
    );
  }
});
