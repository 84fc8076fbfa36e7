// Every knob of AIRClass, once: the environment variables, the flags, --help, docs/config.md and the types
// come from here. Names and defaults are the Contract's.
import { Type } from "typebox";
import type { Static, TSchema } from "typebox";
import { logLevels } from "../logging/logger.ts";
import { nodeNameMaxLength } from "../protocol/names.ts";

export const allRoles = ["master", "slave", "gateway"] as const;
export type Role = (typeof allRoles)[number];

/** What the documentation and the error messages need to know beside the schema. */
interface Meta {
  readonly description: string;
  readonly example: string;
  /** Never shown: not in logs, not in error messages. */
  readonly secret?: true;
}

const text = (meta: Meta & { default?: string; minLength?: number; maxLength?: number; pattern?: string; must: string }) =>
  Type.Unsafe<string>({ type: "string", ...meta });
const integer = (meta: Meta & { default?: number; minimum: number; maximum: number }) => Type.Unsafe<number>({ type: "integer", ...meta });
const number = (meta: Meta & { default?: number; minimum: number; maximum: number }) => Type.Unsafe<number>({ type: "number", ...meta });
const choice = <const Values extends readonly string[]>(values: Values, meta: Meta & { default?: string }) =>
  Type.Unsafe<Values[number]>({ enum: values, ...meta });
/** Comma-separated in the environment. */
const list = ({ pattern, ...meta }: Meta & { default?: string; pattern: string; must: string }) =>
  Type.Unsafe<readonly string[]>({ type: "array", items: { type: "string", pattern }, minItems: 1, maxItems: 32, ...meta });

const port = (meta: Meta & { default?: number }) => integer({ ...meta, minimum: 0, maximum: 65_535 });
const httpUrlPattern = "^https?://[^\\s/?#]+[^\\s?#]*$";

const both = {
  CLUSTER_SECRET: text({
    description: "What lets a slave or a gateway in; the same on all machines",
    minLength: 16,
    must: "at least 16 characters",
    example: "$(openssl rand -hex 24)",
    secret: true,
  }),
  BIND_HOST: text({
    description: "Address to listen on; 0.0.0.0 is all of IPv4, :: all of IPv6 and IPv4",
    default: "0.0.0.0",
    must: "an IP address or host name",
    pattern: "^[A-Za-z0-9.:-]+$",
    example: "192.168.1.10",
  }),
  API_PORT: port({ description: "HTTP API; 0 takes a free port", default: 8000, example: "8000" }),
  LOG_LEVEL: choice(logLevels, { description: "How much is logged", default: "info", example: "debug" }),
  DATA_DIR: text({
    description: "Where the master keeps its store and a slave its node id",
    default: "./data",
    minLength: 1,
    must: "a folder",
    example: "/var/lib/airclass",
  }),
  TLS_CERT: Type.Optional(
    text({ description: "PEM certificate chain: HTTPS and HTTP/2", must: "a file", minLength: 1, example: "/etc/airclass/cert.pem" }),
  ),
  TLS_KEY: Type.Optional(
    text({ description: "PEM private key of TLS_CERT", must: "a file", minLength: 1, example: "/etc/airclass/key.pem" }),
  ),
  CORS_ORIGINS: Type.Optional(
    list({
      description: "Origins whose pages may use this node; by default every origin for media, and for the API PUBLIC_URL or only its own",
      pattern: "^(\\*|https?://[^\\s/]+)$",
      must: "origins like https://school.example, or *",
      example: "https://school.example",
    }),
  ),
};

const TRUSTED_PROXIES = Type.Optional(
  list({
    description:
      "Proxies whose X-Forwarded-For, -Proto and -Host and X-Request-Id are believed; nobody's by default. Name only machines on which no student is",
    pattern: "^(loopback|linklocal|uniquelocal|[0-9A-Fa-f:.]{2,45}(/[0-9.]{1,15})?)$",
    must: "IP addresses, networks like 172.20.0.0/16, loopback, linklocal or uniquelocal",
    example: "172.20.0.0/16",
  }),
);

/** What a gateway needs, inside the master or alone. */
const door = {
  RTMP_PORT: port({
    description: "RTMP: the door for teachers (master, gateway), ingest (slave); 0 turns it off",
    default: 1935,
    example: "1935",
  }),
  PUBLISH_WAIT: number({
    description: "Seconds for which the gateway keeps a teacher connected while there is no slave",
    default: 60,
    minimum: 0,
    maximum: 3_600,
    example: "60",
  }),
};

const masterUrl = list({
  description: "Where the master is; of several the next is asked when one does not answer",
  default: "http://127.0.0.1:8000",
  pattern: httpUrlPattern,
  must: "http or https URLs",
  example: "http://192.168.1.10:8000",
});

export const MasterConfig = Type.Object({
  ...both,
  ...door,
  TRUSTED_PROXIES,
  JWT_SECRET: Type.Optional(
    text({
      description: "Sign tokens with HS256 and this secret instead of ES256",
      minLength: 32,
      must: "at least 32 characters",
      example: "$(openssl rand -hex 32)",
      secret: true,
    }),
  ),
  TOKEN_TTL: integer({ description: "Life of a viewer token, seconds", default: 3600, minimum: 10, maximum: 604_800, example: "3600" }),
  ADMIN_TOKEN: Type.Optional(
    text({
      description: "Bearer for teacher and admin calls; generated and printed once at the first start when not set",
      minLength: 16,
      must: "at least 16 characters",
      example: "$(openssl rand -hex 24)",
      secret: true,
    }),
  ),
  PUBLIC_URL: Type.Optional(
    text({
      description: "What links point to; by default the address by which the master was reached",
      pattern: httpUrlPattern,
      must: "an http or https URL",
      example: "https://class.school.example",
    }),
  ),
  ROUTING: choice(["least-load", "sticky"], {
    description: "How viewers are spread over slaves",
    default: "least-load",
    example: "sticky",
  }),
  OVERLOAD_POLICY: choice(["distribute", "reject"], {
    description: "When every slave is full: spread viewers all the same, or refuse them",
    default: "distribute",
    example: "reject",
  }),
  WARNING_PERCENT: number({
    description: "Load from which a node is in `warning`",
    default: 70,
    minimum: 1,
    maximum: 1_000,
    example: "70",
  }),
  CRITICAL_PERCENT: number({ description: "Load from which a node is `critical`", default: 90, minimum: 1, maximum: 1_000, example: "90" }),
  REPLICATION_FACTOR: integer({
    description: "Copies of every live stream, its origin included, that are kept in sync without viewers",
    default: 2,
    minimum: 1,
    maximum: 16,
    example: "3",
  }),
  FANOUT: integer({
    description: "Slaves that follow a stream directly from one slave",
    default: 8,
    minimum: 2,
    maximum: 100,
    example: "8",
  }),
  OFFLINE_AFTER: number({
    description: "Seconds without a heartbeat after which a node is `offline`",
    default: 30,
    minimum: 0.5,
    maximum: 3_600,
    example: "30",
  }),
});
export type MasterConfig = Static<typeof MasterConfig>;

export const SlaveConfig = Type.Object({
  ...both,
  TRUSTED_PROXIES,
  RTMP_PORT: door.RTMP_PORT,
  MASTER_URL: masterUrl,
  NODE_ID: Type.Optional(
    text({
      description: "Name of this node in the cluster, `{hostname}` is replaced; made once and kept in DATA_DIR when not set",
      pattern: "^(\\{hostname\\}|[A-Za-z0-9])(\\{hostname\\}|[A-Za-z0-9_.-]){0,63}$",
      must: "1 to 64 of A-Z a-z 0-9 . _ -, or with {hostname} in it",
      example: "slave-1",
    }),
  ),
  NODE_NAME: Type.Optional(
    text({
      description: "Name that people read; the host name by default",
      minLength: 1,
      maxLength: nodeNameMaxLength,
      must: `1 to ${nodeNameMaxLength} characters`,
      example: "PC in room 12",
    }),
  ),
  HLS_PORT: port({ description: "HTTP for viewers; 0 takes a free port", default: 8888, example: "8888" }),
  PUBLIC_HLS_URL: Type.Optional(
    text({
      description:
        "Base of hls_url, where viewers reach this node; `{node_id}` is replaced. A path alone lies below the address by which the master is reached. http://<address seen by the master>:HLS_PORT by default",
      // In braces stands {node_id} or nothing: what is not replaced leads nobody anywhere.
      pattern: `^(?!.*\\{(?!node_id\\}))((${httpUrlPattern})|(^(/[A-Za-z0-9._~{}-]+)+/?$))`,
      must: "an http or https URL, or a path like /n/{node_id}",
      example: "https://class.school.example/n/{node_id}",
    }),
  ),
  MAX_CONNECTIONS: integer({ description: "Viewers that this node takes", default: 150, minimum: 1, maximum: 1_000_000, example: "150" }),
  HEARTBEAT_INTERVAL: number({ description: "Seconds between heartbeats", default: 5, minimum: 0.1, maximum: 300, example: "5" }),
  RENDITIONS: list({
    description: "Qualities: `source` is never re-encoded, others are heights",
    default: "source",
    pattern: "^(source|[1-9][0-9]{1,3}p)$",
    must: "`source` or heights like 720p",
    example: "source,720p,480p",
  }),
  SEGMENT_DURATION: number({ description: "HLS segment, seconds", default: 2, minimum: 1, maximum: 10, example: "2" }),
  PART_DURATION: number({ description: "LL-HLS partial segment, seconds", default: 0.333, minimum: 0.1, maximum: 2, example: "0.333" }),
  KEYFRAMES: choice(["auto", "copy", "encode"], {
    description: "Whether `source` is re-encoded when the teacher's keyframes are too far apart",
    default: "auto",
    example: "auto",
  }),
  MEDIA_ENGINE: choice(["embedded", "mediamtx"], {
    description: "What takes the teacher's stream: RTMP only, or MediaMTX beside it for RTMPS, SRT, RTSP and WebRTC",
    default: "embedded",
    example: "mediamtx",
  }),
  MEDIAMTX_PATH: Type.Optional(
    text({
      description: "mediamtx (1.20 or newer) to start; mediamtx in PATH by default",
      minLength: 1,
      must: "a file",
      example: "/usr/local/bin/mediamtx",
    }),
  ),
  MEDIAMTX_API: Type.Optional(
    text({
      description: "API of a MediaMTX that runs already on this machine with mediamtx.yml, instead of starting one",
      pattern: "^http://(127\\.0\\.0\\.1|localhost|\\[::1\\]):[0-9]{1,5}/?$",
      must: "an address like http://127.0.0.1:9997",
      example: "http://127.0.0.1:9997",
    }),
  ),
  MEDIAMTX_HOOK_PORT: port({
    description: "Where a MediaMTX that runs already asks this slave (authHTTPAddress, loopback); one that it starts itself is told",
    default: 9995,
    example: "9995",
  }),
  SRT_PORT: port({ description: "SRT for teachers, UDP (MediaMTX); 0 turns it off", default: 8890, example: "8890" }),
  RTSP_PORT: port({
    description: "RTSP for teachers and for other slaves' WebRTC viewers (MediaMTX); 0 turns it off",
    default: 8554,
    example: "8554",
  }),
  RTMPS_PORT: port({ description: "RTMPS for teachers (MediaMTX), with TLS_CERT only; 0 turns it off", default: 1936, example: "1936" }),
  WEBRTC_PORT: port({
    description: "WebRTC media, UDP and TCP (MediaMTX); 0 turns it off",
    default: 8189,
    example: "8189",
  }),
  WEBRTC_HOSTS: Type.Optional(
    list({
      description: "Addresses at which browsers reach WEBRTC_PORT, beside those of this machine: behind NAT, in a container",
      pattern: "^[A-Za-z0-9.:-]{1,253}$",
      must: "IP addresses or host names",
      example: "192.168.1.10",
    }),
  ),
  WEBRTC_PUBLIC_PORTS: Type.Optional(
    text({
      description:
        "Ports (UDP) of WEBRTC_HOSTS of which one leads to WEBRTC_PORT, in a container; WEBRTC_HOSTS is then the address by which the browser came, when not set",
      pattern: "^[0-9]{1,5}(-[0-9]{1,5})?$",
      must: "a port or a range like 8189-8198",
      example: "8189-8198",
    }),
  ),
  FFMPEG_PATH: Type.Optional(
    text({
      description: "ffmpeg to use; ffmpeg-static, else ffmpeg in PATH by default",
      minLength: 1,
      must: "a file",
      example: "/usr/bin/ffmpeg",
    }),
  ),
});
export type SlaveConfig = Static<typeof SlaveConfig>;

const { CLUSTER_SECRET, BIND_HOST, LOG_LEVEL } = both;
/** A gateway alone, beside the master. */
export const GatewayConfig = Type.Object({ CLUSTER_SECRET, BIND_HOST, LOG_LEVEL, ...door, MASTER_URL: masterUrl });
export type GatewayConfig = Static<typeof GatewayConfig>;

export interface Variable {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly required: boolean;
  readonly schema: TSchema & Meta & { default?: string | number; must?: string };
  /** `--max-connections` for MAX_CONNECTIONS. */
  readonly flag: string;
}

/** All roles' variables in the order of the schemas, each once. */
export const variables: readonly Variable[] = listVariables();

function listVariables(): Variable[] {
  const found = new Map<string, Variable>();
  const roles = [
    ["master", MasterConfig],
    ["slave", SlaveConfig],
    ["gateway", GatewayConfig],
  ] as const;
  for (const [role, schema] of roles) {
    for (const [name, property] of Object.entries(schema.properties as unknown as Record<string, Variable["schema"]>)) {
      const known = found.get(name);
      const required = (schema.required as readonly string[]).includes(name) && property.default === undefined;
      const flag = `--${name.toLowerCase().replaceAll("_", "-")}`;
      found.set(name, { name, flag, required, schema: property, roles: known ? [...known.roles, role] : [role] });
    }
  }
  return [...found.values()];
}
