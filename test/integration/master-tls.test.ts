// TLS_CERT and TLS_KEY on the master: the API and the pages over HTTPS, with HTTP/2 where the client speaks it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:http2";
import type { IncomingHttpHeaders } from "node:http2";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createMaster } from "../../src/master/master.ts";
import type { Master } from "../../src/master/master.ts";
import { loadMasterConfig } from "../../src/shared/config/load-config.ts";
import { createLogger } from "../../src/shared/logging/logger.ts";
import { adminToken, masterEnvironment } from "../support/master-environment.ts";
import { selfSigned } from "../support/self-signed.ts";
import type { Certificate } from "../support/self-signed.ts";

describe("a master with a certificate", () => {
  let certificate: Certificate;
  let ca: Buffer;
  let master: Master;
  let url: string;
  const dataDir = mkdtempSync(join(tmpdir(), "airclass-master-tls-"));

  before(async () => {
    certificate = await selfSigned();
    ca = readFileSync(certificate.certPath);
    const env = { ...masterEnvironment(dataDir), TLS_CERT: certificate.certPath, TLS_KEY: certificate.keyPath };
    master = createMaster(loadMasterConfig({ env, args: [] }).config, {
      logger: createLogger("silent", {}),
      version: "test",
      announce: () => {},
    });
    url = `https://127.0.0.1:${(await master.start()).apiPort}`;
  });
  after(async () => {
    await master?.stop();
    certificate?.remove();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };

  test("HTTP/1.1: a class is made, its link is https", async () => {
    const asked = request(`${url}/api/classes`, { method: "POST", ca, agent: false, headers });
    asked.end(JSON.stringify({ name: "math" }));
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    const body = Buffer.concat(await response.toArray()).toString();
    assert.equal(response.statusCode, 201, body);
    assert.equal((JSON.parse(body) as { watch_url: string }).watch_url, `${url}/watch/math`);
  });

  test("signing in, over both: the cookie is Secure and __Host-", async () => {
    const body = JSON.stringify({ token: adminToken });
    const pattern = /^__Host-airclass_session=[\w-]{32}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/;
    const type = { "content-type": "application/json", origin: url };
    const asked = request(`${url}/api/session`, { method: "POST", ca, agent: false, headers: type });
    asked.end(body);
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    response.resume();
    assert.equal(response.statusCode, 200);
    assert.match(response.headers["set-cookie"]?.[0] ?? "", pattern);
    const session = connect(url, { ca });
    try {
      const stream = session.request({ ":path": "/api/session", ":method": "POST", ...type });
      stream.end(body);
      const [head] = (await once(stream, "response")) as [IncomingHttpHeaders];
      stream.resume();
      const cookie = head["set-cookie"]?.[0] ?? "";
      assert.match(cookie, pattern);
      const read = session.request({ ":path": "/api/session", cookie: cookie.split(";")[0] });
      const [answer] = (await once(read, "response")) as [IncomingHttpHeaders];
      read.resume();
      assert.equal(answer[":status"], 200);
    } finally {
      session.close();
    }
  });

  test("HTTP/2: the same API, errors and all", async () => {
    const session = connect(url, { ca });
    try {
      for (const [path, status] of [
        ["/health", 200],
        ["/cluster/nodes", 200],
        ["/nothing", 404],
      ] as const) {
        const stream = session.request({ ":path": path, ...headers });
        stream.end();
        const [head] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status": number }];
        assert.equal(head[":status"], status, path);
        assert.match(head["content-type"] ?? "", /json/);
        await stream.toArray();
      }
    } finally {
      session.close();
    }
  });
});
