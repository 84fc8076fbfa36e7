// What a request for media that got no good answer is worth: waiting, asking elsewhere, or nothing. Pure.

/** `pass`: whoever asked decides. `missing`: a playlist that is not there, perhaps elsewhere. `fail`: the node does not serve. */
export type Remedy = "pass" | "wait" | "missing" | "fail";

/** A node that has just taken over may be some parts behind what another one has listed: so many short waits. */
const behindTries = 12;
export const behindWaitMs = 250;
/** Server errors may be a hiccup; after so many in a row the node has failed. */
const hiccupTries = 2;
export const hiccupWaitMs = 300;

/**
 * The teacher's stream moves to another slave, or the teacher is away: a playlist without what was asked for is kept from the
 * player for this long, and asked for again. After it hls.js would reload once a second, and be late for what comes.
 */
export const withheldPlaylistMs = 6_000;

/** @param status 0 for no answer. @param tries of this request before. */
export function remedyOf(status: number, kind: "playlist" | "media", tries: number): Remedy {
  if (status === 0 || status === 401 || status === 403) return "fail";
  // Further ahead than the node knows (RFC 8216bis §6.2.5.2), or a part that it has not got yet.
  if (status === 400) return tries < behindTries ? "wait" : "fail";
  if (status === 404 && kind === "playlist") return "missing";
  if (status === 404) return tries < behindTries / 2 ? "wait" : "pass";
  // "Not ready": the teacher is away, or too many requests. It comes back for it.
  if (status === 503) return "pass";
  if (status >= 500) return tries < hiccupTries ? "wait" : "fail";
  return "pass";
}
