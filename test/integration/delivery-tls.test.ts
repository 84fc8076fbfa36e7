// TLS_CERT and TLS_KEY: HTTP/2 for Safari's low latency, HTTP/1.1 for the others, on one port.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectH2 } from "node:http2";
import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { createConnection } from "node:net";
import { connect as connectTls } from "node:tls";
import { after, before, describe, test } from "node:test";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { parsePlaylist } from "../conformance/playlist.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { selfSigned } from "../support/self-signed.ts";
import type { Certificate } from "../support/self-signed.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

describe("delivery over TLS", () => {
  let certificate: Certificate;
  let ca: Buffer;
  let cluster: Cluster;
  let lesson: ClassWithKey;
  let url: URL;
  let session: ClientHttp2Session;

  async function http2(path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    const stream = session.request({ ":path": path, ...headers });
    stream.end();
    const [head] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status": number }];
    return { status: head[":status"], headers: head, body: Buffer.concat(await stream.toArray()) };
  }

  async function http1(path: string): Promise<Answer> {
    const request = requestHttps(new URL(path, url), { ca, agent: false });
    request.end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(await response.toArray()) };
  }

  before(async () => {
    certificate = await selfSigned();
    ca = readFileSync(certificate.certPath);
    cluster = await startCluster({ slave: { TLS_CERT: certificate.certPath, TLS_KEY: certificate.keyPath } });
    lesson = await cluster.createClass("math");
    await cluster.publish(lesson, { whenWatchable: false });
    url = new URL((await cluster.token({ user_id: "kim", path: lesson.path })).hls_url);
    session = connectH2(url.origin, { ca });
    await eventually("a segment is there", async () => {
      const { body } = await http2(`/live/math/source/stream.m3u8${url.search}`);
      return body.includes("#EXTINF");
    });
  });
  after(async () => {
    session?.close();
    await cluster?.stop();
    certificate?.remove();
  });

  test("the master gives https links", () => assert.equal(url.protocol, "https:"));

  for (const [name, get] of [
    ["HTTP/2", http2],
    ["HTTP/1.1", http1],
  ] as const) {
    test(`${name}: playlists, init, segment, part and hinted part; blocking; refusals with CORS`, async () => {
      const multivariant = await get(url.pathname + url.search);
      assert.equal(multivariant.status, 200);
      const path = `/live/math/source/stream.m3u8${url.search}`;
      const { status, headers, body } = await get(path);
      assert.equal(status, 200);
      assert.equal(headers["content-type"], "application/vnd.apple.mpegurl");
      const playlist = parsePlaylist(body.toString());
      assert.ok(playlist.kind === "media");
      const segment = playlist.segments.findLast(({ uri, parts }) => uri !== undefined && parts.length > 0);
      const absolute = (uri: string | undefined) => {
        const found = new URL(uri ?? "", new URL(path, url));
        return found.pathname + found.search;
      };
      const parts = await Promise.all((segment?.parts ?? []).map((part) => get(absolute(part.uri))));
      const whole = await get(absolute(segment?.uri));
      for (const answer of [...parts, whole]) assert.equal(answer.status, 200);
      assert.deepEqual(Buffer.concat(parts.map((part) => part.body)), whole.body);
      assert.equal((await get(absolute(segment?.mapUri))).status, 200);
      assert.equal((await get(absolute(playlist.hints[0]?.uri))).status, 200);

      const next = await get(`${path}&_HLS_msn=${(segment?.msn ?? 0) + 2}`);
      assert.ok(parsePlaylist(next.body.toString()).kind === "media" && next.body.includes(`seg-${(segment?.msn ?? 0) + 2}.m4s`));
      for (const [target, expected] of [
        [path.replace(/jwt=.*/, "jwt=x"), 401],
        ["/live/math/index.m3u8", 401],
        [path.replace("math", "physics"), 403],
        ["/nothing", 404],
        [`${path}&_HLS_msn=${(segment?.msn ?? 0) + 1_000}`, 400],
      ] as const) {
        const answer = await get(target);
        assert.equal(answer.status, expected, target);
        assert.equal(answer.headers["access-control-allow-origin"], "*", target);
      }
    });
  }

  test("HTTP/2: HEAD, a preflight and a bearer header; many requests on one connection", async () => {
    const path = `/live/math/source/stream.m3u8`;
    const authorization = `Bearer ${url.searchParams.get("jwt")}`;
    assert.equal((await http2(path, { authorization })).status, 200);
    const head = await http2(path, { authorization, ":method": "HEAD" });
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    assert.equal((await http2(path, { ":method": "OPTIONS" })).status, 204);
    assert.equal((await http2(path, { ":method": "POST" })).status, 405);
    const answers = await Promise.all(Array.from({ length: 100 }, () => http2(path, { authorization })));
    assert.ok(answers.every((answer) => answer.status === 200));
  });

  test("bytes that are not TLS, and frames that are not HTTP/2, end their own connection only", async () => {
    for (const bytes of ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\0\0\0\0\0\0\0\0", "\u0016\u0003\u0001\u0000\u0005xxxxx"]) {
      const socket = createConnection({ host: "127.0.0.1", port: Number(url.port) });
      socket.on("error", () => {
        // A reset is what is expected of the other side.
      });
      socket.resume().write(bytes, "latin1");
      await once(socket, "close");
    }
    const broken = connectTls({ host: "127.0.0.1", port: Number(url.port), ca, ALPNProtocols: ["h2"] });
    broken.on("error", () => {
      // The same.
    });
    await once(broken, "secureConnect");
    broken.resume().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    broken.write(Buffer.from("ffffff0900ffffffff".repeat(20), "hex"));
    await once(broken, "close");
    assert.equal((await http2(url.pathname + url.search)).status, 200);
  });

  test("a slave with open HTTP/2 connections stops all the same", async () => {
    const started = performance.now();
    await cluster.slaves[0]?.stop();
    assert.ok(performance.now() - started < 9_000, `${performance.now() - started} ms: it waited for an idle connection`);
  });
});
