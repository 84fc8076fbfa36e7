// Behind a reverse proxy: addresses and limits are those of the student where the proxy is trusted (TRUSTED_PROXIES), and
// nobody else can say who he is.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { startMediaPort } from "./delivery-harness.ts";
import { addNode, heartbeat, startMaster } from "./master-harness.ts";
import type { TestMaster } from "./master-harness.ts";

const forwarded = { "x-forwarded-proto": "https", "x-forwarded-host": "class.example", "x-forwarded-for": "10.0.0.7" };

async function startWithClass(t: TestContext, variables: Record<string, string>): Promise<TestMaster> {
  const master = await startMaster(t, variables);
  await addNode(master, "slave-1", { hls_url: "/n/{node_id}" });
  await master.createClass("math", { open: true });
  return master;
}

/** hls_url of a token, its token cut off. */
async function joined(master: TestMaster, headers: Record<string, string> = {}): Promise<string> {
  const { body } = await master.call<{ hls_url: string }>("POST", "/api/token", { user_id: "kim", class: "math" }, headers);
  return body.hls_url.replace(/\?jwt=.*/, "");
}

describe("a node whose viewers' address is a path", () => {
  test("is reached below the address by which the master was reached, as a trusted proxy says", async (t) => {
    const master = await startWithClass(t, { TRUSTED_PROXIES: "loopback" });
    assert.equal(await joined(master), `${master.url}/n/slave-1/live/math/index.m3u8`);
    assert.equal(await joined(master, forwarded), "https://class.example/n/slave-1/live/math/index.m3u8");
    for (const hostile of ["evil.example/x?", '"><script>', "a b"])
      assert.match(await joined(master, { "x-forwarded-host": hostile }), /^http:\/\/127\.0\.0\.1:\d+\/n\/slave-1\//, hostile);
    assert.match(await joined(master, { "x-forwarded-proto": "javascript" }), /^http:\/\/127/);
    const { body } = await master.asAdmin<{ hls_url: string }>("GET", "/cluster/best-node?path=live/math");
    assert.equal(body.hls_url, `${master.url}/n/slave-1/live/math/index.m3u8`);
    assert.equal((await master.nodeView("slave-1"))?.hls_url, `${master.url}/n/slave-1`);
    const drained = await master.asAdmin<{ hls_url: string }>("POST", "/cluster/nodes/slave-1/drain");
    assert.equal(drained.body.hls_url, `${master.url}/n/slave-1`);
  });

  test("is reached below PUBLIC_URL where that is set; nobody but a trusted proxy says otherwise", async (t) => {
    const master = await startWithClass(t, {});
    assert.equal(await joined(master, forwarded), `${master.url}/n/slave-1/live/math/index.m3u8`);
    const { body } = await master.asAdmin<{ watch_url: string }>("GET", "/api/classes/math");
    assert.equal(body.watch_url, `${master.url}/watch/math`);
    await master.restart({ PUBLIC_URL: "https://school.example/air/", TRUSTED_PROXIES: "loopback" });
    await addNode(master, "slave-1", { hls_url: "/n/{node_id}" });
    assert.equal(await joined(master, forwarded), "https://school.example/air/n/slave-1/live/math/index.m3u8");
  });

  test("is named to other nodes with that path, for those who cannot connect to it", async (t) => {
    const master = await startWithClass(t, {});
    await addNode(master, "slave-2", { host: "10.0.0.8" });
    await addNode(master, "slave-3", { host: "10.0.0.9", follows: true });
    const stream = { role: "origin" as const, state: "live" as const, epoch: 1, msn: 1, part: 0, viewers: 0 };
    await heartbeat(master, "slave-1", { streams: [{ path: "live/math", ...stream }] });
    await heartbeat(master, "slave-2", { streams: [{ path: "live/art", ...stream }] });
    const { body } = await heartbeat(master, "slave-3");
    const byPath = Object.fromEntries(body.streams.map((entry) => [entry.path, [entry.media_url, entry.public_url]]));
    assert.deepEqual(byPath, {
      "live/math": ["http://10.0.0.7:8888", "/n/slave-1"],
      "live/art": ["http://10.0.0.8:8888", undefined],
    });
  });
});

describe("the name of a request", () => {
  const named = async (url: string, id: string) => {
    const answer = await fetch(url, { headers: { "x-request-id": id } });
    return ((await answer.json()) as { instance: string }).instance;
  };
  const fresh = /^urn:airclass:request:[0-9a-f]{8}-[0-9a-f-]{27}$/;

  test("is a trusted proxy's, in every problem document of both ports; nobody else names requests", async (t) => {
    const trusting = { TRUSTED_PROXIES: "loopback" };
    const [master, wary] = [await startMaster(t, trusting), await startMaster(t)];
    const [media, waryMedia] = [await startMediaPort(t, { proxies: ["loopback"] }), await startMediaPort(t)];
    for (const url of [`${master.url}/cluster/nodes`, `${media.url}/live/math/index.m3u8`]) {
      assert.equal(await named(url, "4f2a0c"), "urn:airclass:request:4f2a0c");
      for (const hostile of ["x".repeat(65), "a b", "<script>"]) assert.match(await named(url, hostile), fresh, hostile);
    }
    for (const url of [`${wary.url}/cluster/nodes`, `${waryMedia.url}/live/math/index.m3u8`])
      assert.match(await named(url, "4f2a0c"), fresh);
  });
});

describe("limits count students, not their proxy", () => {
  /** Statuses of so many wrong join codes from one address as the headers say it. */
  async function guess(master: TestMaster, times: number, from: (index: number) => string): Promise<number[]> {
    const statuses: number[] = [];
    for (let index = 0; index < times; index += 1) {
      const headers = { "x-forwarded-for": from(index) };
      const body = { user_id: "kim", class: "secret", join_code: "WRONG1" };
      statuses.push((await master.call("POST", "/api/token", body, headers)).status);
    }
    return statuses;
  }

  test("who guesses join codes behind a trusted proxy keeps nobody else out", async (t) => {
    const master = await startMaster(t, { TRUSTED_PROXIES: "127.0.0.1" });
    await master.createClass("secret");
    // 100 at once; then one each second.
    assert.ok((await guess(master, 110, () => "10.0.0.7")).includes(429));
    assert.deepEqual(await guess(master, 1, () => "10.0.0.8"), [403]);
    // What he writes into the header himself, the proxy's entry comes after.
    assert.ok((await guess(master, 5, (index) => `10.1.1.${index}, 10.0.0.7`)).includes(429));
    assert.ok((await guess(master, 5, (index) => `nonsense-${index}, 10.0.0.7`)).includes(429));
  });

  test("who sends X-Forwarded-For himself is who he is", async (t) => {
    const master = await startMaster(t, { TRUSTED_PROXIES: "172.20.0.2" });
    await master.createClass("secret");
    assert.ok((await guess(master, 110, (index) => `10.0.0.${index}`)).includes(429));
  });

  /** Codes of as many bad tokens. */
  async function forge(url: string, from: (index: number) => string): Promise<Set<number>> {
    const forged = Array.from({ length: 1_500 }, async (_, index) => {
      const response = await fetch(`${url}?jwt=${"x".repeat(20)}.${"y".repeat(20)}.z`, { headers: { "x-forwarded-for": from(index) } });
      await response.bytes();
      return response.status;
    });
    return new Set(await Promise.all(forged));
  }

  test("the media port as well: bad tokens are counted by student where the proxy is trusted", async (t) => {
    const trusting = await startMediaPort(t, { proxies: ["loopback"] });
    const url = `${trusting.url}/live/math/index.m3u8`;
    assert.deepEqual(await forge(url, () => "10.0.0.7"), new Set([401, 503]));
    assert.deepEqual(await forge(url, (index) => `10.0.${index >> 8}.${index & 255}`), new Set([401]), "others are looked at");
    const wary = await startMediaPort(t);
    const direct = `${wary.url}/live/math/index.m3u8`;
    assert.ok((await forge(direct, (index) => `10.0.${index >> 8}.${index & 255}`)).has(503), "nobody else's word counts");
  });
});
