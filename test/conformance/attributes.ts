// Attribute lists (RFC 8216bis section 4.2): NAME=value pairs, with the types and required names of each tag.
import type { Problem } from "./playlist.ts";

/** Values without their quotes. */
export type Attributes = ReadonlyMap<string, string>;

type Type = "quoted" | "whole" | "float" | "resolution" | "any" | readonly string[];

/** Names ending in `!` are required. Attributes that are not listed are allowed: clients ignore them. */
const shapes: Record<string, Record<string, Type>> = {
  "EXT-X-PART-INF": { "PART-TARGET!": "float" },
  "EXT-X-SERVER-CONTROL": {
    "CAN-SKIP-UNTIL": "float",
    "CAN-SKIP-DATERANGES": ["YES"],
    "HOLD-BACK": "float",
    "PART-HOLD-BACK": "float",
    "CAN-BLOCK-RELOAD": ["YES"],
  },
  "EXT-X-MAP": { "URI!": "quoted", BYTERANGE: "quoted" },
  "EXT-X-PART": { "URI!": "quoted", "DURATION!": "float", INDEPENDENT: ["YES"], GAP: ["YES"], BYTERANGE: "quoted" },
  "EXT-X-SKIP": { "SKIPPED-SEGMENTS!": "whole", "RECENTLY-REMOVED-DATERANGES": "quoted" },
  "EXT-X-PRELOAD-HINT": { "TYPE!": ["PART", "MAP"], "URI!": "quoted", "BYTERANGE-START": "whole", "BYTERANGE-LENGTH": "whole" },
  "EXT-X-RENDITION-REPORT": { "URI!": "quoted", "LAST-MSN": "whole", "LAST-PART": "whole" },
  "EXT-X-STREAM-INF": {
    "BANDWIDTH!": "whole",
    "AVERAGE-BANDWIDTH": "whole",
    CODECS: "quoted",
    RESOLUTION: "resolution",
    "FRAME-RATE": "float",
    AUDIO: "quoted",
    VIDEO: "quoted",
    SUBTITLES: "quoted",
  },
  "EXT-X-MEDIA": { "TYPE!": ["AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"], "GROUP-ID!": "quoted", "NAME!": "quoted", URI: "quoted" },
};

function hasType(raw: string, type: Type): boolean {
  switch (type) {
    case "quoted":
      return raw.startsWith('"');
    case "whole":
      return /^\d{1,20}$/.test(raw);
    case "float":
      return /^\d+(\.\d+)?$/.test(raw);
    case "resolution":
      return /^\d+x\d+$/.test(raw);
    case "any":
      return true;
    default:
      return type.includes(raw);
  }
}

/** Reads one attribute list and notes what is wrong in `problems`. */
export function parseAttributes(tag: string, text: string, problems: Problem[]): Attributes {
  const bad = (message: string) => void problems.push({ rule: "attribute-list", message: `${tag}: ${message}` });
  const raw = new Map<string, string>();
  let rest = text;
  while (rest !== "") {
    const match = /^([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,(?=.)|$)/.exec(rest);
    if (!match) {
      bad(`${JSON.stringify(rest.slice(0, 60))} is not an attribute list`);
      break;
    }
    const [whole, name = "", value = ""] = match;
    if (raw.has(name)) bad(`${name} appears twice`);
    raw.set(name, value);
    rest = rest.slice(whole.length);
  }
  for (const [key, type] of Object.entries(shapes[tag] ?? {})) {
    const name = key.replace("!", "");
    const value = raw.get(name);
    if (value === undefined) {
      if (key.endsWith("!")) bad(`${name} is missing`);
    } else if (!hasType(value, type)) bad(`${name}=${value} has the wrong type`);
  }
  return new Map([...raw].map(([name, value]) => [name, value.startsWith('"') ? value.slice(1, -1) : value]));
}
