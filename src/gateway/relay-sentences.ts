// What the log says of a relay. Pure.
import type { RelayEnd, RelayState } from "./relay-state.ts";

/** What has begun, when a relay comes to this state. */
export function sentenceOf(state: RelayState): string {
  switch (state.kind) {
    case "waiting_for_node":
      return "no slave can take the stream; its publisher is kept while one may come";
    case "connecting":
      return "a slave is asked to carry the stream";
    case "relaying":
      return "a slave carries the stream";
    case "switching":
      return "the slave that carried the stream failed; another one is asked";
    case "handing_over":
      return "the slave that carries the stream is drained; another one gets ready";
    case "ended":
      return `the relay ended: ${endSentences[state.why]}`;
  }
}

/** `warn` for what somebody should look at. */
export function levelOf(state: RelayState): "info" | "warn" {
  if (state.kind === "ended") return ["no_node", "superseded", "not_allowed"].includes(state.why) ? "warn" : "info";
  return state.kind === "waiting_for_node" || state.kind === "switching" ? "warn" : "info";
}

/** Why a relay ended. */
const endSentences: Readonly<Record<RelayEnd, string>> = {
  publisher_left: "the publisher left",
  no_node: "no slave could take the stream within PUBLISH_WAIT",
  superseded: "the class is published to another server now",
  not_allowed: "the class was deleted, or its stream key changed",
  replaced: "another connection with the key has taken over",
  stopped: "the gateway stops",
};
