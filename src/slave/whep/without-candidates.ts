// What a browser sends without the addresses in it: the media server would send to each of them, whosever it is, and open a TCP
// connection to those that ask for one, also on this machine. It needs none: it learns a browser's address from its first packet
// (RFC 8445 §7.3.1.3). Pure.

/** Wherever one stands: the media server's parser also begins an attribute in the middle of a line. */
const candidates = /[\r\n]*a=candidate:[^\r\n]*/g;

/** @param body SDP offer, or a fragment of trickle ICE (RFC 8840). */
export function withoutCandidates(body: string): string {
  return body.replaceAll(candidates, "");
}
