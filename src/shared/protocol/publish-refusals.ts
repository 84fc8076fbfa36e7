// Why somebody may not publish: the same codes and sentences at a slave's door and at a gateway's. Teachers see the
// sentences in OBS.
import { classNameOf } from "./names.ts";

export const publishRefusalCodes = [
  "bad_name",
  "no_such_class",
  "class_closed",
  "wrong_key",
  "bad_token",
  "draining",
  "unavailable",
  "publisher_present",
] as const;
export type PublishRefusal = (typeof publishRefusalCodes)[number];

/** Up to 200 characters: more does not fit the answer (rtmp-protocol.ts). */
export const publishRefusals = {
  badName: { code: "bad_name", reason: "The stream name must be <class>?key=<stream key>, the class in lower case." },
  noKey: { code: "wrong_key", reason: "A stream key is needed: in OBS, the stream key is <class>?key=<stream key>." },
  wrongKey: { code: "wrong_key", reason: "The stream key is wrong: copy it anew from the class." },
  classClosed: { code: "class_closed", reason: "This class is closed: open it again on the teacher's page, then start streaming." },
  noMasterYet: { code: "unavailable", reason: "This server has not reached its master yet: try again in a moment." },
  undecided: { code: "unavailable", reason: "The server cannot check stream keys right now; try again." },
  draining: { code: "draining", reason: "This server is being taken out of service: publish to another one." },
  publisherPresent: {
    code: "publisher_present",
    reason: "Somebody publishes this class already: stop that OBS first, or wait some seconds after it has ended.",
  },
} as const satisfies Record<string, { readonly code: PublishRefusal; readonly reason: string }>;

/** @param path `live/<class>`. */
export function noSuchClass(path: string): { readonly code: "no_such_class"; readonly reason: string } {
  return {
    code: "no_such_class",
    reason: `There is no class ${classNameOf(path)}: create it first, or mend the name in the stream key.`,
  };
}
