// What the master answers to a player, as the player uses it. Knows no HTTP.

/** A token and where it is good. */
export interface TokenGrant {
  readonly token: string;
  readonly expiresInS: number;
  /** Multivariant playlist with the token as `?jwt=`. */
  readonly hlsUrl: string;
  /** The same stream by WebRTC, with the token as `?jwt=`; undefined where the node does not serve it so. */
  readonly whepUrl?: string | undefined;
  readonly nodeId: string;
  /** Of the class, for people; undefined from a master that does not say it. */
  readonly classTitle: string | undefined;
  /** What the local wall clock must add to agree with the master's, in ms; 0 when they agree well enough. */
  readonly clockOffsetMs: number;
}

/** Passes by itself: the player tries again without asking its user. */
export type TemporaryReason =
  /** Every place is taken; the viewer stands in a line, see `position`. */
  | "full"
  /** No node at all, or none but those that the player excluded. */
  | "no_node"
  | "too_many_requests"
  | "unreachable";

export type RefusalReason =
  | TemporaryReason
  | "join_code_required"
  | "join_code_wrong"
  | "no_such_class"
  | "bad_name"
  /** The class is over until its teacher opens it again. */
  | "class_closed"
  /** By the teacher, for good. */
  | "removed"
  | "token_refused";

export interface TokenRefusal {
  readonly reason: RefusalReason;
  /** When the server says so, in seconds. */
  readonly retryAfterS: number | undefined;
  /** Of `full`: place in the line, 1 is next. */
  readonly position?: number;
  /** Of `full`: whoever sends it with the next try keeps the place. */
  readonly ticket?: string;
}

export type TokenAnswer =
  | { readonly granted: true; readonly grant: TokenGrant }
  | { readonly granted: false; readonly refusal: TokenRefusal };

export const isTemporary = (reason: string | undefined): reason is TemporaryReason =>
  reason === "full" || reason === "no_node" || reason === "too_many_requests" || reason === "unreachable";

/** Somebody has ended it: a viewer who was let in before must not join again without being told. */
export const isDismissal = (reason: RefusalReason): boolean => reason === "class_closed" || reason === "removed";

const reasons: Readonly<Record<string, RefusalReason>> = {
  join_code_required: "join_code_required",
  join_code_wrong: "join_code_wrong",
  no_such_class: "no_such_class",
  class_closed: "class_closed",
  viewer_removed: "removed",
  invalid_input: "bad_name",
  malformed_request: "bad_name",
  no_capacity: "full",
  no_node: "no_node",
  too_many_requests: "too_many_requests",
};

/** What an error answer says: a problem document (RFC 9457) with our extension members, or whatever came instead of one. */
export interface ErrorAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: unknown;
}

const maxPosition = 1_000_000;
const ticketPattern = /^[A-Za-z0-9_-]{8,64}$/;

/** The meaning of an error answer: its problem `code` first, else its status. */
export function refusalOf({ status, retryAfter, body }: ErrorAnswer): TokenRefusal {
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  const retryAfterS = Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 300) : undefined;
  const code = member(body, "code");
  const reason = (typeof code === "string" && Object.hasOwn(reasons, code) ? reasons[code] : undefined) ?? reasonOfStatus(status);
  if (reason !== "full") return { reason, retryAfterS };
  const [position, ticket] = [member(body, "position"), member(body, "ticket")];
  return {
    reason,
    retryAfterS,
    ...(typeof position === "number" && Number.isInteger(position) && position > 0 && position < maxPosition ? { position } : {}),
    ...(typeof ticket === "string" && ticketPattern.test(ticket) ? { ticket } : {}),
  };
}

const member = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (Reflect.get(value, key) as unknown) : undefined;

function reasonOfStatus(status: number): RefusalReason {
  if (status === 404) return "no_such_class";
  if (status === 422 || status === 400) return "bad_name";
  if (status === 429) return "too_many_requests";
  if (status === 401 || status === 403) return "token_refused";
  return "unreachable";
}

/** HTTP dates have whole seconds, and most clocks are set by the network: smaller differences are noise. */
const clockNoiseMs = 1500;

/** @param dateHeader the Date of an answer; the clock is compared with the middle of that second and of the exchange. */
export function clockOffset(dateHeader: string | null, sentAtMs: number, receivedAtMs: number): number {
  const serverMs = dateHeader === null ? Number.NaN : Date.parse(dateHeader) + 500;
  const offsetMs = serverMs - (sentAtMs + receivedAtMs) / 2;
  return Number.isFinite(offsetMs) && Math.abs(offsetMs) > clockNoiseMs ? offsetMs : 0;
}
