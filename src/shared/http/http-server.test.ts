import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { createLogger } from "../logging/logger.ts";
import { createTrustedProxies } from "../net/trusted-proxies.ts";
import { createHttpServer, listen } from "./http-server.ts";

test("a defect is one line, under the name that the caller was told, and without what is secret", async (t) => {
  const stream = new PassThrough();
  const logger = createLogger("info", { role: "master" }, stream as unknown as NodeJS.WriteStream);
  const app = createHttpServer({ logger, proxies: createTrustedProxies(["10.0.0.2"]) });
  t.after(() => app.close());
  app.get("/broken", () => {
    throw new Error("a defect");
  });
  const call = (remoteAddress: string) =>
    app.inject({ url: "/broken?jwt=S3CRET", remoteAddress, headers: { "x-request-id": "from-the-door", authorization: "Bearer S3CRET" } });
  const answers = [await call("10.0.0.2"), await call("10.0.0.7")].map((answer) => answer.json<{ code: string; instance: string }>());
  assert.deepEqual(
    answers.map(({ code }) => code),
    ["internal", "internal"],
  );
  assert.equal(answers[0]?.instance, "urn:airclass:request:from-the-door");
  assert.notEqual(answers[1]?.instance, "urn:airclass:request:from-the-door");
  const text = String(stream.read());
  assert.ok(!text.includes("S3CRET"), text);
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { request: string; level: string; msg: string });
  assert.deepEqual(
    lines.map(({ request, level, msg }) => [`urn:airclass:request:${request}`, level, msg]),
    answers.map(({ instance }) => [instance, "error", "request failed"]),
  );
});

test("what is no HTTP gets a problem document, and no line has its bytes, whatever the level", async (t) => {
  const stream = new PassThrough();
  const logger = createLogger("trace", { role: "master" }, stream as unknown as NodeJS.WriteStream);
  const app = createHttpServer({ logger });
  t.after(() => app.close());
  app.get("/", () => "");
  const port = await listen(app, { host: "127.0.0.1", port: 0, variable: "API_PORT" });
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer S3CRET\r\nno header\0: x\r\n\r\n");
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
  await once(socket, "close");
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /content-type: application\/problem\+json/i);
  const document = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))) as { code: string; instance: string };
  assert.equal(document.code, "malformed_request");
  const text = String(stream.read());
  const bytes = [...Buffer.from("S3CRET")].join(",");
  assert.ok(!text.includes("S3CRET") && !text.includes(bytes), text);
  assert.ok(text.includes(document.instance.replace("urn:airclass:request:", "")), text);
});
