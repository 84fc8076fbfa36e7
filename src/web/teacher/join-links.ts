// The ways into a class, as they are shown to students. Pure.
import type { ClassView } from "../../shared/protocol/classes.ts";

export interface JoinLinks {
  /** To send or to scan: the code comes along, since it is shown beside it. Behind the `#` it is in nobody's log. */
  readonly link: string;
  /** To type from the wall: as short as it can be. */
  readonly typed: string;
  /** The address leads to this very computer: students' devices cannot open it. */
  readonly isOnlyHere: boolean;
}

export function joinLinks({ watch_url: address, open, join_code: code }: ClassView): JoinLinks {
  const { host, hostname, pathname } = new URL(address);
  return {
    link: open ? address : `${address}#${code}`,
    // The start page finds the class of a code by itself.
    typed: open ? host + pathname : host,
    isOnlyHere: hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127."),
  };
}

/** A code in groups that are read aloud and typed without mistakes: `K7Q X2M`. */
export function groupedCode(code: string): string {
  if (code.includes("-") || code.length < 6) return code;
  const size = code.length % 3 === 0 ? 3 : 4;
  return code.replaceAll(new RegExp(`.{${size}}(?=.)`, "g"), "$& ");
}
