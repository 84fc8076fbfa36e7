// Every error that leaves an HTTP port of AIRClass: one table, RFC 9457 problem documents.
// docs/errors.md lists exactly these codes; a test holds the two together.

interface ProblemType {
  readonly status: number;
  /** The same for every occurrence (RFC 9457 §3.1.3). */
  readonly title: string;
  /** For the documentation: what the reader of the error can do. */
  readonly remedy: string;
}

export const problemTypes = {
  malformed_request: { status: 400, title: "The request cannot be read", remedy: "Send well-formed HTTP and JSON." },
  blocking_too_far: {
    status: 400,
    title: "The playlist asked for lies too far in the future",
    remedy: "Ask for at most the segment after next (RFC 8216bis §6.2.5.2).",
  },
  token_missing: { status: 401, title: "A token is needed", remedy: "Send `?jwt=<token>` or `Authorization: Bearer <token>`." },
  token_invalid: { status: 401, title: "The token is not valid", remedy: "Get a new token from the master: POST /api/token." },
  token_expired: {
    status: 401,
    title: "The token has expired",
    remedy: "Renew it before it ends (POST /api/token/refresh), or get a new one.",
  },
  token_revoked: {
    status: 401,
    title: "The token was revoked",
    remedy: "Get a new one (POST /api/token); who was sent away asks the teacher.",
  },
  credential_invalid: {
    status: 401,
    title: "The node credential is not valid",
    remedy: "Give master and slaves the same CLUSTER_SECRET.",
  },
  credential_replayed: { status: 401, title: "The node credential was used before", remedy: "Make a new credential for each request." },
  clock_skew: {
    status: 401,
    title: "The clocks of the two machines differ too much",
    remedy: "Slaves follow the master's clock by themselves; set both clocks (NTP) if this stays.",
  },
  admin_required: {
    status: 401,
    title: "The admin token is needed",
    remedy: "Send `Authorization: Bearer <ADMIN_TOKEN>`; the master printed it at its first start.",
  },
  sign_in_failed: {
    status: 401,
    title: "The token does not sign in",
    remedy: "Type ADMIN_TOKEN, which the master printed at its first start, or the teacher token of a class.",
  },
  csrf_token_invalid: {
    status: 403,
    title: "The request does not come from our page",
    remedy: "Send the `csrf_token` of `GET /api/session` as `x-csrf-token`; scripts send a bearer token instead of the cookie.",
  },
  not_your_class: {
    status: 403,
    title: "A teacher token is for its own class only",
    remedy: "Ask the administrator, who may do this for every class.",
  },
  class_closed: { status: 403, title: "The class is over", remedy: "Wait until the teacher opens it again." },
  viewer_removed: { status: 403, title: "The teacher has removed this viewer", remedy: "Ask the teacher, who can let you in again." },
  wrong_node: { status: 403, title: "The token is for another node", remedy: "Use the hls_url that came with the token." },
  wrong_path: { status: 403, title: "The token is for another stream", remedy: "Get a token for this stream." },
  wrong_action: {
    status: 403,
    title: "The token does not allow this",
    remedy: "Reading needs `action: read`, publishing `action: publish`.",
  },
  credential_wrong_node: {
    status: 403,
    title: "A node may speak only for itself",
    remedy: "Name the node of the credential in the body and the URL.",
  },
  join_code_required: { status: 403, title: "This class needs a join code", remedy: "Send the `join_code` that the teacher shows." },
  join_code_wrong: { status: 403, title: "The join code is wrong", remedy: "Ask the teacher for the code of this class." },
  not_found: { status: 404, title: "There is nothing here", remedy: "See /docs for the addresses of the API." },
  no_such_class: { status: 404, title: "There is no such class", remedy: "Create it with POST /api/classes, or mend its name." },
  no_such_stream: { status: 404, title: "There is no such stream", remedy: "Wait until the teacher starts to stream." },
  no_such_segment: { status: 404, title: "The segment is not, or no longer, available", remedy: "Load the playlist again." },
  no_such_node: { status: 404, title: "There is no such node", remedy: "GET /cluster/nodes lists the nodes." },
  no_such_viewer: { status: 404, title: "There is no such viewer", remedy: "GET /api/classes/<name>/viewers lists who watches." },
  no_such_session: { status: 404, title: "There is no such session", remedy: "A session exists from its token until it has expired." },
  method_not_allowed: {
    status: 405,
    title: "The method is not allowed here",
    remedy: "Media is read with GET, HEAD and OPTIONS; WHEP takes POST, its sessions PATCH and DELETE.",
  },
  offer_unacceptable: {
    status: 406,
    title: "The stream cannot be sent as the offer asks",
    remedy: "Offer H.264 and Opus, or play the hls_url: what the teacher sends is not of a kind that WebRTC carries.",
  },
  class_exists: { status: 409, title: "A class of this name exists", remedy: "Choose another name, or change the class with PATCH." },
  join_code_taken: { status: 409, title: "Another class has this join code", remedy: "Choose another code, or leave it out: one is made." },
  publisher_present: { status: 409, title: "Somebody publishes this stream already", remedy: "Stop the other publisher first." },
  node_superseded: {
    status: 409,
    title: "Another process has registered with this node id",
    remedy: "Give each slave its own NODE_ID and DATA_DIR.",
  },
  body_too_large: { status: 413, title: "The request body is too large", remedy: "Send less; the limit is in the detail." },
  unsupported_media_type: {
    status: 415,
    title: "The body is of another type than is taken here",
    remedy: "Send `Content-Type: application/json`; to WHEP `application/sdp`.",
  },
  invalid_input: { status: 422, title: "The input is not valid", remedy: "The detail names the field and what it must be." },
  too_many_requests: { status: 429, title: "Too many requests", remedy: "Wait as long as Retry-After says." },
  internal: { status: 500, title: "Something went wrong on our side", remedy: "Look for the request id in the log." },
  node_unreachable: {
    status: 502,
    title: "The slave does not answer",
    remedy: "Get a token for another node (`exclude`), as players do. Said by the door of `docker-compose.yml`.",
  },
  no_capacity: {
    status: 503,
    title: "All places are taken",
    remedy: "Try again after Retry-After, with the `ticket` of the answer where there is one: it keeps the place in the line. Add slaves.",
  },
  no_node: { status: 503, title: "No slave is available", remedy: "Start a slave; try again after Retry-After." },
  stream_not_ready: { status: 503, title: "The stream is not ready yet", remedy: "Try again after Retry-After." },
  node_busy: {
    status: 503,
    title: "The node cannot check a token now",
    remedy: "Try again after Retry-After; somebody at your address sends bad tokens.",
  },
  too_many_nodes: { status: 503, title: "The master knows too many nodes", remedy: "Deregister nodes that are gone." },
  master_unreachable: {
    status: 503,
    title: "The master does not answer",
    remedy: "Try again after Retry-After. Said by the door of `docker-compose.yml`.",
  },
  page_not_built: { status: 503, title: "The pages have not been built", remedy: "Run `npm run build:web` in the clone." },
} as const satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof problemTypes;

/** Extension members (RFC 9457 §3.2) that our documents may have beside the standard ones. */
export interface ProblemMembers {
  /** Of `no_capacity`: place in the line for the next free seat, 1 is next. */
  readonly position?: number;
  /** Of `no_capacity`: keeps the place when it comes with the next POST /api/token. */
  readonly ticket?: string;
}

/** RFC 9457 document; `code` is stable, `detail` is for people. */
export interface ProblemDocument extends ProblemMembers {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail?: string;
  readonly instance?: string;
}

/** The document for a code; `instance` is the request id where there is one. */
export function problemDocument(code: ProblemCode, detail?: string, instance?: string, members: ProblemMembers = {}): ProblemDocument {
  const { status, title } = problemTypes[code];
  return {
    type: `urn:airclass:problem:${code}`,
    title,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(instance === undefined ? {} : { instance }),
    ...members,
  };
}

/** Thrown by handlers; the HTTP factory turns it into a problem document. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly statusCode: number;
  /** Sent as Retry-After. */
  readonly retryAfterS: number | undefined;
  readonly members: ProblemMembers;

  constructor(code: ProblemCode, detail?: string, options: { retryAfterS?: number; members?: ProblemMembers; cause?: unknown } = {}) {
    super(detail ?? problemTypes[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.statusCode = problemTypes[code].status;
    this.retryAfterS = options.retryAfterS;
    this.members = options.members ?? {};
  }
}
