// Every way in to a stream that is not the right one, and what players need of every answer.
import assert from "node:assert/strict";
import { createHmac, createPublicKey } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import type { ProblemDocument } from "../../src/shared/protocol/problems.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { addressesOf, readMediaPlaylist, withQuery, withToken } from "../support/playlist-reader.ts";
import { rawConnection } from "../support/raw-http.ts";

async function refusal(url: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url, init);
  assert.equal(response.headers.get("access-control-allow-origin"), "*", `CORS on ${response.status} of ${url}`);
  if (response.ok) {
    await response.arrayBuffer();
    return `${response.status}`;
  }
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const { code, status } = (await response.json()) as ProblemDocument;
  assert.equal(status, response.status);
  return `${status} ${code}`;
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("delivery", () => {
  let cluster: Cluster;
  let lesson: ClassWithKey;
  let hlsUrl: string;
  let goodToken: string;
  let otherNodeToken: string;

  const tokenAt = (index: number, path: string, more: { action?: "publish" } = {}) => {
    const exclude = cluster.slaves.filter((_, other) => other !== index).map(({ nodeId }) => nodeId);
    return cluster.token({ user_id: "kim", path, exclude, ...more });
  };

  before(async () => {
    cluster = await startCluster({ slaves: 2 });
    lesson = await cluster.createClass("math");
    await cluster.createClass("physics");
    // Before somebody publishes: then only the node that has the stream gets viewers.
    ({ token: otherNodeToken } = await tokenAt(1, lesson.path));
    await cluster.publish(lesson, { whenWatchable: false });
    ({ hls_url: hlsUrl, token: goodToken } = await tokenAt(0, lesson.path));
    await eventually("two segments are there", async () => {
      const { playlist } = await readMediaPlaylist(hlsUrl);
      return playlist.segments.filter(({ uri }) => uri !== undefined).length >= 2;
    });
  });
  after(() => cluster?.stop());

  test("playlist, init, segment and part are for the right token only", async () => {
    const addresses = await addressesOf(hlsUrl);
    const [otherPath, publish] = await Promise.all([tokenAt(0, "live/physics"), tokenAt(0, lesson.path, { action: "publish" })]);
    const [header = "", claims = "", signature = ""] = goodToken.split(".");
    const decoded = JSON.parse(Buffer.from(claims, "base64url").toString()) as { exp: number };
    const jwks = (await (await fetch(`${cluster.masterUrl}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] };
    const [jwk] = jwks.keys;
    assert.ok(jwk);
    const publicPem = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
    const confused = `${base64url({ alg: "HS256", typ: "JWT", kid: jwk.kid })}.${claims}`;
    const table: [string, string | undefined, string][] = [
      ["no token", undefined, "401 token_missing"],
      ["an empty token", "", "401 token_missing"],
      ["garbage", "garbage", "401 token_invalid"],
      ["dots", "..", "401 token_invalid"],
      ["a token of 100 kB", `${"a".repeat(10_000)}.b.c`, "401 token_invalid"],
      ["a token for another node", otherNodeToken, "403 wrong_node"],
      ["a token for another stream", otherPath.token, "403 wrong_path"],
      ["a token to publish", publish.token, "403 wrong_action"],
      ["changed claims", `${header}.${base64url({ ...decoded, exp: decoded.exp + 9_999 })}.${signature}`, "401 token_invalid"],
      ["alg none", `${base64url({ alg: "none", typ: "JWT", kid: jwk.kid })}.${claims}.`, "401 token_invalid"],
      [
        "HS256 with the public key as the secret",
        `${confused}.${createHmac("sha256", publicPem).update(confused).digest("base64url")}`,
        "401 token_invalid",
      ],
      ["another kid", `${base64url({ alg: "ES256", typ: "JWT", kid: "../../etc/passwd" })}.${claims}.${signature}`, "401 token_invalid"],
    ];
    for (const [kind, url] of Object.entries(addresses)) {
      for (const [what, token, expected] of table) assert.equal(await refusal(withToken(url, token)), expected, `${what}, ${kind}`);
      if (kind !== "hint") assert.equal(await refusal(withToken(url, goodToken)), "200", `the right token, ${kind}`);
    }
  });

  test("a bearer header does what ?jwt= does, and then no token is written into playlists", async () => {
    const addresses = await addressesOf(hlsUrl);
    const headers = { authorization: `bearer ${goodToken}` };
    for (const [kind, url] of Object.entries(addresses)) {
      if (kind === "hint") continue;
      assert.equal(await refusal(withToken(url, undefined), { headers }), "200", kind);
    }
    for (const url of [addresses.multivariant, addresses.playlist]) {
      const text = await (await fetch(withToken(url, undefined), { headers })).text();
      assert.doesNotMatch(text, /jwt/);
      assert.match(await (await fetch(url)).text(), /\?jwt=/);
    }
    assert.equal(await refusal(withToken(addresses.playlist, undefined), { headers: { authorization: "Bearer x" } }), "401 token_invalid");
    assert.equal(
      await refusal(withToken(addresses.playlist, undefined), { headers: { authorization: `Basic ${goodToken}` } }),
      "401 token_missing",
    );
    assert.equal(await refusal(addresses.playlist, { headers: { authorization: "Bearer x" } }), "200", "?jwt= comes first");
  });

  test("the token is in every URI that a playlist lists", async () => {
    const { url, playlist } = await readMediaPlaylist(hlsUrl);
    assert.equal(new URL(url).searchParams.get("jwt"), goodToken);
    const segments = playlist.segments.flatMap(({ uri, mapUri, parts }) => [uri, mapUri, ...parts.map((part) => part.uri)]);
    const uris = [...segments, ...playlist.hints.map(({ uri }) => uri)].filter((uri) => uri !== undefined);
    assert.ok(uris.length > 8);
    for (const uri of uris) assert.equal(new URL(uri, url).searchParams.get("jwt"), goodToken, uri);
  });

  test("the same below /n/<node_id>/, and only for this node", async () => {
    const origin = new URL(hlsUrl).origin;
    const below = hlsUrl.replace(origin, `${origin}/n/slave-1`);
    const addresses = await addressesOf(below);
    for (const [kind, url] of Object.entries(addresses)) {
      assert.ok(new URL(url).pathname.startsWith("/n/slave-1/live/math/"), url);
      if (kind !== "hint") assert.equal(await refusal(url), "200", kind);
    }
    assert.equal(await refusal(hlsUrl.replace(origin, `${origin}/n/slave-2`)), "403 wrong_node");
    assert.equal(await refusal(withToken(below, undefined)), "401 token_missing");
  });

  test("GET, HEAD and OPTIONS; nothing else", async () => {
    const { playlist, part } = await addressesOf(hlsUrl);
    for (const url of [playlist, part]) {
      const [get, head] = [await fetch(url), await fetch(url, { method: "HEAD" })];
      assert.equal(head.status, 200);
      assert.equal(await head.text(), "");
      assert.equal(head.headers.get("content-type"), get.headers.get("content-type"));
      await get.arrayBuffer();
    }
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) assert.equal(await refusal(playlist, { method }), "405 method_not_allowed");
    const preflight = await fetch(withToken(playlist, undefined), {
      method: "OPTIONS",
      headers: { origin: "https://x.example", "access-control-request-method": "GET", "access-control-request-headers": "authorization" },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
    assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /authorization/);
    assert.match(preflight.headers.get("access-control-allow-methods") ?? "", /GET/);
  });

  test("what is not there gets 404; a stream without a teacher gets 404 or 503, never a picture", async () => {
    const { playlist, segment } = await addressesOf(hlsUrl);
    assert.equal(await refusal(playlist.replace("/source/", "/4k/")), "404 not_found");
    assert.equal(await refusal(segment.replace(/seg-\d+/, "seg-999999")), "404 no_such_segment");
    assert.equal(await refusal(segment.replace(/seg-\d+/, "part-0.999")), "404 no_such_segment");
    assert.equal(await refusal(segment.replace(/seg-\d+\.m4s/, "init-99.mp4")), "404 no_such_segment");
    const physics = await tokenAt(0, "live/physics");
    assert.match(await refusal(physics.hls_url), /^(404 no_such_stream|503 stream_not_ready)$/);
  });

  test("hostile URLs", async () => {
    const query = `?jwt=${goodToken}`;
    const hostile = [
      "/",
      "/live/../../etc/passwd",
      "/live/%2e%2e/%2e%2e/etc/passwd",
      "/live/math%00/index.m3u8",
      "/live/math/..%2fphysics/index.m3u8",
      "//live/math/index.m3u8",
      "/live/math'/**/OR/**/1=1--/index.m3u8",
      "/live/__proto__/index.m3u8",
      "/live/constructor/index.m3u8",
      "/live/math/__proto__/stream.m3u8",
      "/live/math/constructor/stream.m3u8",
      "/live/math/source/seg-1e9.m4s",
      "/live/math/source/seg-99999999999999999999.m4s",
      "/n/../live/math/index.m3u8",
      "/n//live/math/index.m3u8",
      `/${"a/".repeat(2_000)}`,
      "/%",
      "/live/math/index.m3u8/",
      "*",
    ];
    for (const path of hostile) {
      const connection = await rawConnection(hlsUrl, `GET ${path}${query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      while (!connection.closed()) await sleep(5);
      assert.match(connection.received(), /^HTTP\/1\.1 (400|401|403|404) /, path);
      assert.match(connection.received(), /access-control-allow-origin: \*/i, path);
    }
    assert.equal(await refusal(hlsUrl), "200");
  });

  test("bytes that are not HTTP end their own connection and nothing else", async () => {
    const inputs = [
      "\0\0\0\0\r\n\r\n",
      "GET /live/math/index.m3u8\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(100_000)}\r\n\r\n`,
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      Buffer.from("16030100a5010000a10303", "hex"),
    ];
    for (const bytes of inputs) {
      const connection = await rawConnection(hlsUrl, bytes);
      for (let waited = 0; waited < 400 && !connection.closed(); waited += 1) await sleep(5);
      connection.socket.destroy();
      assert.doesNotMatch(connection.received(), /^HTTP\/1\.1 (2|5)\d\d/);
    }
    assert.equal(await refusal(hlsUrl), "200");
  });

  test("blocking reload: too far, malformed, already there, and waiting for the part that is asked for", async () => {
    const { url, playlist } = await readMediaPlaylist(hlsUrl);
    const last = playlist.segments.findLast(({ uri }) => uri !== undefined)?.msn ?? 0;
    const ask = (parameters: Record<string, string | number>) => refusal(withQuery(url, parameters));
    assert.equal(await ask({ _HLS_msn: last + 1_000 }), "400 blocking_too_far");
    assert.equal(await ask({ _HLS_msn: last + 1_000, _HLS_part: 0 }), "400 blocking_too_far");
    assert.equal(await ask({ _HLS_part: 0 }), "400 malformed_request");
    for (const bad of ["x", "-1", "1.5", "", "99999999999999999999"]) assert.equal(await ask({ _HLS_msn: bad }), "400 malformed_request");
    assert.equal(await ask({ _HLS_msn: last, _HLS_part: "x" }), "400 malformed_request");
    assert.equal(await ask({ _HLS_msn: 0 }), "200", "an old one still gets the playlist");
    assert.equal(await ask({ _HLS_msn: last, _HLS_part: 0, _HLS_skip: "YES", utm_source: "x" }), "200");

    const next = await readMediaPlaylist(withQuery(url, { _HLS_msn: last + 2 }));
    assert.ok(
      next.playlist.segments.some(({ msn, uri }) => msn === last + 2 && uri !== undefined),
      "answered when it has the segment",
    );
    const open = next.playlist.segments.at(-1);
    const [msn, part] = open?.uri === undefined ? [open?.msn ?? 0, open?.parts.length ?? 0] : [(open.msn ?? 0) + 1, 0];
    const withPart = await readMediaPlaylist(withQuery(url, { _HLS_msn: msn, _HLS_part: part }));
    const got = withPart.playlist.segments.find((segment) => segment.msn === msn);
    assert.ok(got?.uri !== undefined || (got?.parts.length ?? 0) > part, "answered when it has the part");
  });

  test("the hinted part can be asked for before it exists, and is what appears", async () => {
    const { hint } = await addressesOf(hlsUrl);
    const early = await fetch(hint);
    assert.equal(early.status, 200);
    const bytes = Buffer.from(await early.arrayBuffer());
    assert.ok(bytes.length > 0);
    assert.deepEqual(Buffer.from(await (await fetch(hint)).arrayBuffer()), bytes);
  });

  test("what a shared cache may keep, and what it may not", async () => {
    const addresses = await addressesOf(hlsUrl);
    const cacheControl = async (url: string) => {
      const response = await fetch(url);
      await response.arrayBuffer();
      return response.headers.get("cache-control") ?? "";
    };
    assert.match(await cacheControl(addresses.playlist), /no-cache|no-store/);
    for (const url of [addresses.init, addresses.segment, addresses.part]) assert.match(await cacheControl(url), /private/);
    assert.match(await cacheControl(withToken(addresses.part, undefined)), /no-store/);
  });
});

test("with CORS_ORIGINS only the pages that it lists may read answers", async () => {
  const cluster = await startCluster({ slave: { CORS_ORIGINS: "https://school.example" } });
  try {
    const url = `${cluster.slaves[0]?.hlsUrl}/live/math/index.m3u8`;
    const allowedFor = async (origin: string, method = "GET") => {
      const response = await fetch(url, { method, headers: { origin } });
      await response.arrayBuffer();
      assert.match(response.headers.get("vary") ?? "", /origin/i);
      return response.headers.get("access-control-allow-origin");
    };
    for (const method of ["GET", "OPTIONS", "POST"]) {
      assert.equal(await allowedFor("https://school.example", method), "https://school.example", method);
      for (const other of ["https://evil.example", "https://school.example.evil.example", "http://school.example", "null"])
        assert.equal(await allowedFor(other, method), null, other);
    }
    const apiAllows = async (origin: string) => {
      const response = await fetch(`${cluster.slaves[0]?.apiUrl}/health`, { headers: { origin } });
      await response.arrayBuffer();
      return response.headers.get("access-control-allow-origin");
    };
    assert.equal(await apiAllows("https://school.example"), "https://school.example");
    assert.equal(await apiAllows("https://evil.example"), null);
  } finally {
    await cluster.stop();
  }
});
