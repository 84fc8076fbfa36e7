// A media URL → what is asked for. Pure, and quick: this runs for every playlist and part of every viewer.
import { isStreamPath } from "../../shared/protocol/names.ts";

/** What can be read. */
export type ReadableResource =
  | { readonly kind: "multivariant" }
  | { readonly kind: "playlist"; readonly rendition: string }
  | { readonly kind: "init"; readonly rendition: string; readonly id: number }
  | { readonly kind: "segment"; readonly rendition: string; readonly msn: number }
  | { readonly kind: "part"; readonly rendition: string; readonly msn: number; readonly part: number };

/** The WebRTC door (draft-ietf-wish-whep): its endpoint and sessions, and two of our own below a session for players. */
export interface WhepResource {
  readonly kind: "whep";
  /** Undefined: the endpoint. */
  readonly session: string | undefined;
  /** `token`: the viewer is there, under this token. `end`: as DELETE, for pages that are closed and may only POST (beacons). */
  readonly verb: "token" | "end" | undefined;
}

/** The WebRTC door for teachers (WHIP, RFC 9725): its endpoint and sessions. */
export interface WhipResource {
  readonly kind: "whip";
  /** Undefined: the endpoint. */
  readonly session: string | undefined;
}

/** `report`: where players tell how well it plays. */
export type MediaResource = ReadableResource | { readonly kind: "report" } | WhepResource | WhipResource;

export interface MediaTarget {
  /** Stream path, `live/<name>`. */
  readonly path: string;
  /** Of a URL below `/n/<node_id>/`; undefined without that prefix. */
  readonly nodeId: string | undefined;
  readonly resource: MediaResource;
}

export interface DeliveryDirectives {
  readonly jwt: string | undefined;
  /** `_HLS_msn`, `_HLS_part` (RFC 8216bis §6.2.5.2). NaN when not a number. */
  readonly msn: number | undefined;
  readonly part: number | undefined;
  /** `_HLS_skip=YES` or `v2` (§6.2.5.1). */
  readonly skip: boolean;
}

/** Longer paths are nobody's. */
const maxPathLength = 256;
const rendition = /^[a-z0-9]{1,16}$/;
const sessionId = /^[A-Za-z0-9_-]{22}$/;
/** Of MediaMTX. */
const whipSession = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const file = /^(?:stream\.m3u8|init-(\d{1,15})\.mp4|seg-(\d{1,15})\.m4s|part-(\d{1,15})\.(\d{1,6})\.m4s)$/;

/** @returns undefined for anything but `[/n/<node>]/live/<name>/index.m3u8`, what a playlist names below it, `…/report`, `…/whep…` and `…/whip…`. */
export function parseMediaPath(pathname: string): MediaTarget | undefined {
  if (pathname.length > maxPathLength) return undefined;
  const segments = pathname.split("/");
  let nodeId: string | undefined;
  let at = 1;
  if (segments[1] === "n") {
    nodeId = segments[2];
    at = 3;
  }
  const path = `${segments[at]}/${segments[at + 1]}`;
  if (!isStreamPath(path)) return undefined;
  const rest = segments.slice(at + 2);
  const resource = parseResource(rest);
  return resource && { path, nodeId, resource };
}

function parseWhep([session, verb, ...more]: readonly string[]): WhepResource | undefined {
  if (more.length > 0 || (session !== undefined && !sessionId.test(session))) return undefined;
  if (verb !== undefined && verb !== "token" && verb !== "end") return undefined;
  return { kind: "whep", session, verb };
}

function parseResource([first, second, ...more]: readonly string[]): MediaResource | undefined {
  if (first === "whep") return parseWhep(second === undefined ? [] : [second, ...more]);
  if (more.length > 0 || first === undefined) return undefined;
  if (first === "whip") return second === undefined || whipSession.test(second) ? { kind: "whip", session: second } : undefined;
  if (second === undefined) return first === "index.m3u8" ? { kind: "multivariant" } : first === "report" ? { kind: "report" } : undefined;
  const match = rendition.test(first) ? file.exec(second) : null;
  if (!match) return undefined;
  const [, id, segment, msn, part] = match;
  if (id !== undefined) return { kind: "init", rendition: first, id: Number(id) };
  if (segment !== undefined) return { kind: "segment", rendition: first, msn: Number(segment) };
  if (msn !== undefined) return { kind: "part", rendition: first, msn: Number(msn), part: Number(part) };
  return { kind: "playlist", rendition: first };
}

const noDirectives: DeliveryDirectives = { jwt: undefined, msn: undefined, part: undefined, skip: false };

/** Reads the query; parameters that are not ours are ignored, as RFC 8216bis §6.2.5 asks for. */
export function parseDirectives(query: string): DeliveryDirectives {
  if (query === "") return noDirectives;
  let jwt: string | undefined;
  let msn: number | undefined;
  let part: number | undefined;
  let skip = false;
  for (const pair of query.split("&")) {
    const at = pair.indexOf("=");
    const value = pair.slice(at + 1);
    switch (at === -1 ? "" : pair.slice(0, at)) {
      case "jwt":
        jwt = value;
        break;
      case "_HLS_msn":
        msn = decimal(value);
        break;
      case "_HLS_part":
        part = decimal(value);
        break;
      case "_HLS_skip":
        skip = value === "YES" || value === "v2";
        break;
      default:
    }
  }
  return { jwt, msn, part, skip };
}

const decimal = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);
