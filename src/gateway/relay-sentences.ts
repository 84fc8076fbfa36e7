// What the log says of a relay. Pure.
import type { RelayEnd, RelayState } from "./relay-state.ts";

/** What has begun, when a relay comes to this state. */
export function sentenceOf(state: RelayState): string {
  switch (state.kind) {
    case "waiting_for_node":
      return "No slave can take the stream; its publisher is kept while one may come";
    case "connecting":
      return "A slave is asked to carry the stream";
    case "relaying":
      return "A slave carries the stream";
    case "switching":
      return "The slave that carried the stream failed; another one is asked";
    case "handing_over":
      return "The slave that carries the stream is drained; another one gets ready";
    case "ended":
      return `The relay ended: ${state.why}`;
  }
}

/** Why a publisher is cut off. */
export const endSentences: Readonly<Record<RelayEnd, string>> = {
  publisher_left: "it left by itself",
  no_node: "no slave could take its stream within PUBLISH_WAIT",
  superseded: "the class is published to another server now",
  not_allowed: "its class was deleted, or its stream key changed",
  replaced: "another connection with the key has taken over",
  stopped: "the gateway stops",
};
