// mediamtx.yml at the top level against what the code expects of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { variables } from "../../../shared/config/variables.ts";
import { mediaMtxPathNames } from "./media-paths.ts";
import { attachedHookPath, addressesFrom, complaintsAbout, environmentOf, reachable } from "./mediamtx-config.ts";
import type { MediaMtxSettings } from "./mediamtx-config.ts";

const text = readFileSync(new URL("../../../../mediamtx.yml", import.meta.url), "utf8");
const shipped = parse(text, { version: "1.1" }) as Record<string, unknown> & {
  readonly paths: Record<string, Record<string, unknown> | null>;
};
const pathNames = Object.keys(shipped.paths);
const defaultOf = (name: string) => variables.find((variable) => variable.name === name)?.schema.default;
const hookUrl = `http://127.0.0.1:${defaultOf("MEDIAMTX_HOOK_PORT")}${attachedHookPath}`;

test("the shipped file is what the code wants of a MediaMTX that somebody else started", () => {
  assert.deepEqual(complaintsAbout(shipped, pathNames, { hookUrl }), []);
  assert.deepEqual(pathNames, [...mediaMtxPathNames]);
  assert.deepEqual(shipped["pathDefaults"], { source: "publisher", overridePublisher: true, record: false });
  assert.equal(shipped.paths[mediaMtxPathNames[1]]?.["runOnDemand"], "true");
});

test("its public ports are the defaults of the variables, and nothing else is open beyond this machine", () => {
  assert.equal(shipped["srtAddress"], `:${defaultOf("SRT_PORT")}`);
  assert.equal(shipped["rtspAddress"], `:${defaultOf("RTSP_PORT")}`);
  assert.equal(shipped["webrtcLocalUDPAddress"], `:${defaultOf("WEBRTC_PORT")}`);
  assert.equal(shipped["webrtcLocalTCPAddress"], `:${defaultOf("WEBRTC_PORT")}`);
  const publicOnes = ["srtAddress", "rtspAddress", "webrtcLocalUDPAddress", "webrtcLocalTCPAddress"];
  for (const [field, value] of Object.entries(shipped)) {
    if (!field.endsWith("Address") || publicOnes.includes(field)) continue;
    assert.match(String(value), /^(http:\/\/)?127\.0\.0\.1:\d+/, field);
  }
  for (const field of ["hls", "moq", "playback", "pprof"]) assert.equal(shipped[field], false, field);
  assert.deepEqual(shipped["rtspTransports"], ["tcp"]);
  assert.equal(shipped["rtmpEncryption"], "no");
});

test("each way around the tokens is a complaint", () => {
  const with_ = (field: string, value: unknown) => complaintsAbout({ ...shipped, [field]: value }, pathNames, { hookUrl });
  for (const [field, value] of [
    ["authMethod", "internal"],
    ["authHTTPAddress", "http://192.168.1.2:9995/mediamtx"],
    ["authHTTPExclude", [{ action: "read" }]],
    ["hls", true],
    ["moq", true],
    ["playback", true],
    ["pprof", true],
    ["rtmp", false],
    ["rtspTransports", ["udp"]],
    ["apiAddress", ":9997"],
    ["metricsAddress", "0.0.0.0:9998"],
    ["webrtcAddress", ":8889"],
  ] as const) {
    const complaints = with_(field, value);
    assert.equal(complaints.length, 1, field);
    assert.match(complaints[0] ?? "", new RegExp(`^${field} must be `));
  }
  assert.equal(complaintsAbout(shipped, [...pathNames, "all_others"], { hookUrl }).length, 1);
  assert.equal(complaintsAbout(shipped, [mediaMtxPathNames[0]], { hookUrl }).length, 1);
  assert.deepEqual(complaintsAbout({ ...shipped, authHTTPExclude: null }, [...pathNames, "rtc/math"], { hookUrl }), []);
});

const settings: MediaMtxSettings = {
  bindHost: "0.0.0.0",
  srtPort: 8890,
  rtspPort: 8554,
  rtmpsPort: 1936,
  webrtcPort: 8189,
  webrtcHosts: ["192.168.1.10", "class.example"],
  tls: undefined,
};
const addresses = { api: "127.0.0.1:1", metrics: "127.0.0.1:2", rtmp: "127.0.0.1:3", rtsp: "127.0.0.1:4", webrtc: "127.0.0.1:5" };

test("every variable that is set is a field of the shipped file, but for RTMPS", () => {
  const tls = { cert: "/c", key: "/k" };
  const names = Object.keys(environmentOf({ ...settings, tls }, addresses, "http://127.0.0.1:6/x"));
  const fields = new Set(Object.keys(shipped).map((field) => `MTX_${field.toUpperCase()}`));
  assert.deepEqual(
    names.filter((name) => !fields.has(name)),
    ["MTX_RTMPSADDRESS", "MTX_RTMPSERVERCERT", "MTX_RTMPSERVERKEY"],
  );
});

test("ports that are 0 are closed, and RTMPS is open with a certificate only", () => {
  const open = environmentOf(settings, addresses, "hook");
  assert.equal(open["MTX_SRTADDRESS"], "0.0.0.0:8890");
  assert.equal(open["MTX_RTSPADDRESS"], "0.0.0.0:8554");
  assert.equal(open["MTX_RTMPENCRYPTION"], "no");
  assert.equal(open["MTX_WEBRTCADDITIONALHOSTS"], "192.168.1.10,class.example");
  const closed = environmentOf({ ...settings, srtPort: 0, rtspPort: 0, webrtcPort: 0 }, addresses, "hook");
  assert.equal(closed["MTX_SRT"], "no");
  assert.equal(closed["MTX_WEBRTC"], "no");
  assert.equal(closed["MTX_RTSPADDRESS"], "127.0.0.1:4");
  const tls = { cert: "/c", key: "/k" };
  assert.equal(environmentOf({ ...settings, tls }, addresses, "hook")["MTX_RTMPSADDRESS"], "0.0.0.0:1936");
  assert.equal(environmentOf({ ...settings, tls, rtmpsPort: 0 }, addresses, "hook")["MTX_RTMPENCRYPTION"], "no");
});

test("addresses as this machine reaches them", () => {
  assert.equal(reachable(":8554"), "127.0.0.1:8554");
  assert.equal(reachable("0.0.0.0:8554"), "127.0.0.1:8554");
  assert.equal(reachable("[::]:8554"), "127.0.0.1:8554");
  assert.equal(reachable("192.168.1.2:8554"), "192.168.1.2:8554");
  assert.equal(addressesFrom(shipped, "127.0.0.1:9997").rtsp, "127.0.0.1:8554");
});
