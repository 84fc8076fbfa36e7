// Asks a running MediaMTX (control API v3) on loopback: what is published, what a session is, and to end it. Every call is
// bounded in time and size. Knows no streams of ours.
import { Type } from "typebox";
import type { Static, TSchema } from "typebox";
import { Value } from "typebox/value";
import { readBoundedText } from "../../../shared/http/bounded-text.ts";
import { loggableWords } from "./loggable-words.ts";

/** MediaMTX does not answer, or says no. */
export class MediaMtxApiError extends Error {
  override readonly name = "MediaMtxApiError";
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** Kinds of connections that can be listed and ended, as they stand in the API's addresses. */
export type SessionKind = "rtmpconns" | "rtmpsconns" | "srtconns" | "rtspsessions" | "rtspssessions" | "webrtcsessions";

export interface MediaMtxPath {
  readonly name: string;
  /** Somebody publishes, and it can be read. */
  readonly available: boolean;
  /** Whose media it is; undefined while nobody publishes. */
  readonly source: { readonly type: string; readonly id: string } | undefined;
  /** For example `H264`, `MPEG-4 Audio`, `Opus`. */
  readonly codecs: readonly string[];
  readonly inboundBytes: number;
  readonly readers: number;
}

export interface MediaMtxSession {
  readonly id: string;
  readonly path: string;
  readonly state: string;
  readonly remoteAddr: string;
  readonly inboundBytes: number;
  readonly outboundBytes: number;
}

export interface MediaMtxApi {
  /** Version, for example `v1.20.1`, and when it was started, by which a restart is seen. */
  info(): Promise<{ readonly version: string; readonly started: string }>;
  /** The whole of its running configuration, paths excepted. */
  globalConfig(): Promise<Readonly<Record<string, unknown>>>;
  /** Configurations of paths by name. */
  pathConfigs(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  paths(): Promise<readonly MediaMtxPath[]>;
  /** Undefined when there is no such path. */
  path(name: string): Promise<MediaMtxPath | undefined>;
  /** Of a protocol that is turned off there are none. */
  sessions(kind: SessionKind): Promise<readonly MediaMtxSession[]>;
  /** False when there is no such session any more. */
  kick(kind: SessionKind, id: string): Promise<boolean>;
  /** Whether a path of this very name is configured. */
  hasPath(name: string): Promise<boolean>;
  /**
   * Makes or replaces a path's configuration, which lasts until MediaMTX ends or reads an edited file; its present source and
   * readers are ended.
   */
  setPath(name: string, config: Readonly<Record<string, unknown>>): Promise<void>;
  /** False when there was none. */
  removePath(name: string): Promise<boolean>;
}

const timeoutMs = 2_000;
const maxAnswerBytes = 4 * 1024 * 1024;
/** The most that the API gives at once. */
const itemsPerPage = 100;
const maxPages = 100;

const Info = Type.Object({ version: Type.String(), started: Type.String() });
const Page = Type.Object({ pageCount: Type.Integer(), items: Type.Array(Type.Unknown()) });
const PathItem = Type.Object({
  name: Type.String(),
  available: Type.Optional(Type.Boolean()),
  ready: Type.Optional(Type.Boolean()),
  source: Type.Optional(Type.Union([Type.Null(), Type.Object({ type: Type.String(), id: Type.Optional(Type.String()) })])),
  tracks2: Type.Optional(Type.Array(Type.Object({ codec: Type.String() }))),
  tracks: Type.Optional(Type.Array(Type.String())),
  inboundBytes: Type.Optional(Type.Number()),
  bytesReceived: Type.Optional(Type.Number()),
  readers: Type.Optional(Type.Array(Type.Unknown())),
});
const SessionItem = Type.Object({
  id: Type.String(),
  path: Type.Optional(Type.String()),
  state: Type.Optional(Type.String()),
  remoteAddr: Type.Optional(Type.String()),
  inboundBytes: Type.Optional(Type.Number()),
  bytesReceived: Type.Optional(Type.Number()),
  outboundBytes: Type.Optional(Type.Number()),
  bytesSent: Type.Optional(Type.Number()),
});
const ConfigItem = Type.Record(Type.String(), Type.Unknown());
const NamedConfig = Type.Intersect([ConfigItem, Type.Object({ name: Type.String() })]);

/** @param url base of the API. @param authorization header for every call. */
export function createMediaMtxApi({ url, authorization }: { readonly url: string; readonly authorization: string }): MediaMtxApi {
  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, url), {
        method,
        headers: { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await readBoundedText(response, maxAnswerBytes);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new MediaMtxApiError(`MediaMTX does not answer at ${url} (${cause})`);
    }
    if (!response.ok)
      throw new MediaMtxApiError(`MediaMTX answered ${response.status} to ${path}: ${loggableWords(text).slice(0, 200)}`, response.status);
    try {
      return text === "" ? {} : (JSON.parse(text) as unknown);
    } catch {
      // Another program listens there, and speaks something else.
      throw new MediaMtxApiError(`What answers at ${url} is not the API of MediaMTX`);
    }
  }

  async function get<Schema extends TSchema>(schema: Schema, path: string): Promise<Static<Schema>> {
    return checked(schema, await call("GET", path), path);
  }

  function checked<Schema extends TSchema>(schema: Schema, value: unknown, what: string): Static<Schema> {
    if (!Value.Check(schema, value)) throw new MediaMtxApiError(`MediaMTX answered something unexpected to ${what}`);
    return value;
  }

  async function list<Schema extends TSchema>(schema: Schema, path: string): Promise<Static<Schema>[]> {
    const found: Static<Schema>[] = [];
    for (let page = 0; page < maxPages; page += 1) {
      const { pageCount, items } = await get(Page, `${path}?itemsPerPage=${itemsPerPage}&page=${page}`);
      for (const item of items) found.push(checked(schema, item, path));
      if (page + 1 >= pageCount) break;
    }
    return found;
  }

  /** Not found is an answer. */
  async function unlessMissing<Result>(asked: Promise<Result>): Promise<Result | undefined> {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof MediaMtxApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async function hasPath(name: string): Promise<boolean> {
    return (await unlessMissing(get(ConfigItem, `/v3/config/paths/get/${name}`))) !== undefined;
  }

  return {
    info: () => get(Info, "/v3/info"),
    globalConfig: () => get(ConfigItem, "/v3/config/global/get"),
    async pathConfigs() {
      const items = await list(NamedConfig, "/v3/config/paths/list");
      return new Map(items.map((item) => [item.name, item]));
    },
    paths: async () => (await list(PathItem, "/v3/paths/list")).map(readPath),
    async path(name) {
      const item = await unlessMissing(get(PathItem, `/v3/paths/get/${name}`));
      return item && readPath(item);
    },
    sessions: async (kind) => ((await unlessMissing(list(SessionItem, `/v3/${kind}/list`))) ?? []).map(readSession),
    kick: async (kind, id) => (await unlessMissing(call("POST", `/v3/${kind}/kick/${id}`))) !== undefined,
    hasPath,
    setPath: async (name, config) => {
      await call("POST", `/v3/config/paths/${(await hasPath(name)) ? "replace" : "add"}/${name}`, config);
    },
    removePath: async (name) => (await unlessMissing(call("DELETE", `/v3/config/paths/delete/${name}`))) !== undefined,
  };
}

/** Older names stand beside newer ones, and will go. */
function readPath(item: Static<typeof PathItem>): MediaMtxPath {
  const { source } = item;
  return {
    name: item.name,
    available: item.available ?? item.ready ?? false,
    source: source ? { type: source.type, id: source.id ?? "" } : undefined,
    codecs: item.tracks2?.map(({ codec }) => codec) ?? item.tracks ?? [],
    inboundBytes: item.inboundBytes ?? item.bytesReceived ?? 0,
    readers: item.readers?.length ?? 0,
  };
}

function readSession(item: Static<typeof SessionItem>): MediaMtxSession {
  return {
    id: item.id,
    path: item.path ?? "",
    state: item.state ?? "",
    remoteAddr: item.remoteAddr ?? "",
    inboundBytes: item.inboundBytes ?? item.bytesReceived ?? 0,
    outboundBytes: item.outboundBytes ?? item.bytesSent ?? 0,
  };
}
