// Strangers and hostile viewers at the WebRTC doors of a real slave with a real MediaMTX.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { mediaMtxMissing, mediaMtxVariables } from "../support/media-mtx.ts";

const skip = (await mediaMtxMissing()) ?? false;

/** What a browser that wants to watch sends, with the given lines in its part for the picture. */
function offer(...more: readonly string[]): string {
  const fingerprint = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`;
  const transport = ["c=IN IP4 0.0.0.0", "a=ice-ufrag:abcd", `a=ice-pwd:${"a".repeat(24)}`, fingerprint, "a=setup:actpass", "a=rtcp-mux"];
  const video = ["m=video 9 UDP/TLS/RTP/SAVPF 96", ...transport, "a=mid:0", "a=recvonly", "a=rtpmap:96 H264/90000"];
  const format = "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
  const audio = ["m=audio 9 UDP/TLS/RTP/SAVPF 111", ...transport, "a=mid:1", "a=recvonly", "a=rtpmap:111 opus/48000/2"];
  return ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0 1", ...video, format, ...more, ...audio, ""].join("\r\n");
}

const post = (url: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(url, { method: "POST", headers: { "content-type": "application/sdp", ...headers }, body });

describe("WebRTC doors", { skip, timeout: 120_000 }, () => {
  let cluster: Cluster;
  let lesson: ClassWithKey;

  before(async () => {
    cluster = await startCluster({ slave: await mediaMtxVariables(1) });
    lesson = await cluster.createClass("math");
    await cluster.publish(lesson);
  });
  after(() => cluster?.stop());

  const whepUrl = async (user: string): Promise<string> => {
    const { whep_url: url } = await cluster.token({ user_id: user, path: lesson.path });
    assert.ok(url !== undefined);
    return url;
  };

  test("a viewer's offer makes the slave talk to nobody else", async (t) => {
    const heard: string[] = [];
    const service = createServer((socket) => {
      heard.push("a connection");
      socket.destroy();
    }).listen(0, "127.0.0.1");
    await once(service, "listening");
    t.after(() => service.close());
    const victim = createSocket("udp4").on("message", () => heard.push("a packet"));
    victim.bind(0, "127.0.0.1");
    await once(victim, "listening");
    t.after(() => victim.close());
    const candidates = [
      `a=candidate:1 1 tcp 1671430143 127.0.0.1 ${(service.address() as AddressInfo).port} typ host tcptype passive`,
      `a=candidate:2 1 udp 2113937151 127.0.0.1 ${victim.address().port} typ host`,
    ];

    const url = await whepUrl("hostile");
    const opened = await post(url, offer(...candidates));
    assert.equal(opened.status, 201, await opened.text());
    const session = new URL(opened.headers.get("location") ?? "", url);
    const trickled = await fetch(session, {
      method: "PATCH",
      headers: { "content-type": "application/trickle-ice-sdpfrag" },
      body: ["a=ice-ufrag:abcd", `a=ice-pwd:${"a".repeat(24)}`, "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:0", ...candidates, ""].join(
        "\r\n",
      ),
    });
    assert.equal(trickled.status, 204);
    // The first ones came within 0.2 s.
    await sleep(1_500);
    assert.deepEqual(heard, []);
    assert.equal((await fetch(session, { method: "DELETE" })).status, 200);
  });

  test("strangers at the teachers' door keep no teacher out, and are told at once", async () => {
    const art = await cluster.createClass("art");
    const [slave] = cluster.slaves;
    const url = `${slave?.hlsUrl}/live/art/whip`;
    // Not an offer, but it is only read when the key is good.
    const teach = async () => (await post(url, "v=0", { authorization: `Bearer ${art.stream_key}` })).status;
    await eventually("the slave knows the class", async () => (await teach()) === 406);
    const strangers = Promise.all(Array.from({ length: 80 }, () => post(url, offer(), { authorization: "Bearer wrong" })));
    await sleep(200);
    // The one before may be expected still.
    assert.ok([406, 409].includes(await teach()));
    const answers = await strangers;
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([401]));
    const [one] = answers;
    assert.match(await (one?.text() ?? ""), /"token_invalid".*The stream key is wrong/);
    const session = `${url}/00000000-0000-4000-8000-000000000000`;
    const changes = ["DELETE", "PATCH"].map((method) =>
      fetch(session, { method, headers: { "content-type": "application/trickle-ice-sdpfrag" }, ...(method === "PATCH" && { body: "" }) }),
    );
    assert.deepEqual(
      (await Promise.all(changes)).map(({ status }) => status),
      [404, 404],
      "nobody's session",
    );
  });
});
