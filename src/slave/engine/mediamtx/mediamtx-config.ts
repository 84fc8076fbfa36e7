// What the code expects of mediamtx.yml, what it sets itself by MTX_ variables, and what is wrong with the configuration of a
// MediaMTX that was started by somebody else. Pure.
import { urlHost } from "../../../shared/net/url-host.ts";
import { isWebrtcPath, mediaMtxPathNames } from "./media-paths.ts";

/** What the operator set. Ports: 0 turns off. */
export interface MediaMtxSettings {
  readonly bindHost: string;
  readonly srtPort: number;
  readonly rtspPort: number;
  readonly rtmpsPort: number;
  readonly webrtcPort: number;
  readonly webrtcHosts: readonly string[];
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

/** Where a MediaMTX is reached on this machine, each `host:port`. */
export interface MediaMtxAddresses {
  readonly api: string;
  readonly metrics: string;
  readonly rtmp: string;
  readonly rtsp: string;
  readonly webrtc: string;
}

/** Of the auth hook's address for a MediaMTX that was started by somebody else. */
export const attachedHookPath = "/mediamtx";

const yes = (value: boolean) => (value ? "yes" : "no");

/** What a MediaMTX that the slave starts gets beside mediamtx.yml. @param hookUrl where it asks who may do what. */
export function environmentOf(settings: MediaMtxSettings, addresses: MediaMtxAddresses, hookUrl: string): Record<string, string> {
  const { bindHost, srtPort, webrtcPort, rtmpsPort, webrtcHosts, tls } = settings;
  const open = (port: number) => `${urlHost(bindHost)}:${port}`;
  const rtmps = tls !== undefined && rtmpsPort > 0;
  return {
    MTX_AUTHHTTPADDRESS: hookUrl,
    MTX_APIADDRESS: addresses.api,
    MTX_METRICSADDRESS: addresses.metrics,
    MTX_RTMPADDRESS: addresses.rtmp,
    MTX_RTMPENCRYPTION: rtmps ? "optional" : "no",
    ...(rtmps && { MTX_RTMPSADDRESS: open(rtmpsPort), MTX_RTMPSERVERCERT: tls.cert, MTX_RTMPSERVERKEY: tls.key }),
    MTX_RTSPADDRESS: settings.rtspPort > 0 ? open(settings.rtspPort) : addresses.rtsp,
    MTX_SRT: yes(srtPort > 0),
    ...(srtPort > 0 && { MTX_SRTADDRESS: open(srtPort) }),
    MTX_WEBRTC: yes(webrtcPort > 0),
    MTX_WEBRTCADDRESS: addresses.webrtc,
    ...(webrtcPort > 0 && { MTX_WEBRTCLOCALUDPADDRESS: open(webrtcPort), MTX_WEBRTCLOCALTCPADDRESS: open(webrtcPort) }),
    ...(webrtcHosts.length > 0 && { MTX_WEBRTCADDITIONALHOSTS: webrtcHosts.join(",") }),
  };
}

/** Where this machine reaches what listens at `address` (`:8554`, `0.0.0.0:8554`, `192.168.1.2:8554`). */
export function reachable(address: string): string {
  return address.replace(/^(0\.0\.0\.0|\[::\])?:(?=\d+$)/, "127.0.0.1:");
}

/** Where a running MediaMTX listens, as its API tells. @param api the address that was asked. */
export function addressesFrom(config: Readonly<Record<string, unknown>>, api: string): MediaMtxAddresses {
  const address = (field: string) => reachable(String(config[field]));
  return {
    api,
    metrics: address("metricsAddress"),
    rtmp: address("rtmpAddress"),
    rtsp: address("rtspAddress"),
    webrtc: address("webrtcAddress"),
  };
}

/** Sentences: what in the configuration of a running MediaMTX goes around the slave's tokens, or does not fit the code. */
export function complaintsAbout(
  config: Readonly<Record<string, unknown>>,
  pathNames: readonly string[],
  { hookUrl }: { readonly hookUrl: string },
): string[] {
  const complaints: string[] = [];
  const expect = (field: string, isRight: boolean, wanted: string) => {
    if (!isRight) complaints.push(`${field} must be ${wanted}, and is ${JSON.stringify(config[field])}`);
  };
  expect("authMethod", config["authMethod"] === "http", "http");
  expect("authHTTPAddress", config["authHTTPAddress"] === hookUrl, hookUrl);
  expect("authHTTPExclude", isEmpty(config["authHTTPExclude"]), "empty");
  for (const field of ["hls", "moq", "playback", "pprof"]) expect(field, config[field] === false, "no");
  for (const field of ["rtmp", "rtsp"]) expect(field, config[field] === true, "yes");
  expect("rtspTransports", includes(config["rtspTransports"], "tcp"), "[tcp]");
  for (const [field, on] of [
    ["apiAddress", "api"],
    ["metricsAddress", "metrics"],
    ["webrtcAddress", "webrtc"],
  ] as const) {
    expect(field, config[on] !== true || isLoopback(String(config[field])), "on loopback (127.0.0.1:…)");
  }
  for (const name of mediaMtxPathNames) if (!pathNames.includes(name)) complaints.push(`paths must contain ${JSON.stringify(name)}`);
  for (const name of pathNames) {
    // A slave may have added a source for WebRTC viewers before it restarted.
    const isOurs = (mediaMtxPathNames as readonly string[]).includes(name) || isWebrtcPath(name);
    if (!isOurs) complaints.push(`paths must not contain ${JSON.stringify(name)}`);
  }
  return complaints;
}

function isLoopback(address: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+$/.test(address);
}

/** MediaMTX writes lists that are empty as null. */
function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

function includes(value: unknown, item: string): boolean {
  return Array.isArray(value) && value.includes(item);
}
