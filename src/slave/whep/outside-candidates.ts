// Where a browser finds the media of a node that is published at another address and at one of several ports (containers): the
// ICE candidates in what the media server answers are replaced by all that may lead there, and ICE finds the one that does. Pure.
import { isIP } from "node:net";
import { UserError } from "../../shared/kernel/user-error.ts";

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A browser tries about twenty of them in a second. */
const maxPorts = 32;
const maxHosts = 4;

/** @param text `8189` or `8189-8198`. @throws UserError for what is no range, or too long a one. */
export function parsePortRange(text: string): PortRange {
  const [first = 0, last = first] = text.split("-").map(Number);
  const isGood = first >= 1 && first <= last && last <= 65_535 && last - first < maxPorts;
  if (!isGood) throw new UserError(`WEBRTC_PUBLIC_PORTS=${text}: must be ports from 1 to 65535, at most ${maxPorts} of them`);
  return { first, last };
}

/**
 * @param body SDP answer, or a fragment of an ICE restart (RFC 8840); what carries no candidate stays as it is.
 * @param isOwn whether an address is this machine's: the media server names those beside what it was told (WEBRTC_HOSTS).
 * @param asked `Host` of the request: the address that led here is taken where the media server was told none.
 */
export function withOutsideCandidates(
  body: string,
  ports: PortRange,
  { isOwn, asked }: { readonly isOwn: (address: string) => boolean; readonly asked: string | undefined },
): string {
  const lines = body.split("\r\n");
  const told = lines.flatMap((line) => addressOf(line) ?? []).filter((address) => !isOwn(address));
  const byRequest = ipOf(asked);
  const hosts = told.length > 0 ? [...new Set(told)].slice(0, maxHosts) : byRequest === undefined ? [] : [byRequest];
  if (hosts.length === 0) return body;
  const outside = candidateLines(hosts, ports);
  let inserted = false;
  return lines
    .flatMap((line) => {
      if (line.startsWith("m=")) inserted = false;
      if (!line.startsWith("a=candidate:")) return [line];
      if (inserted) return [];
      inserted = true;
      return outside;
    })
    .join("\r\n");
}

/** UDP, component 1 (RTP and RTCP share it, RFC 8834 §4.5); priorities as RFC 8445 §5.1.2.1 has them for host candidates. */
function candidateLines(hosts: readonly string[], { first, last }: PortRange): string[] {
  const lines: string[] = [];
  for (const host of hosts) {
    for (let port = first; port <= last; port += 1) {
      const priority = 2 ** 24 * 126 + 2 ** 8 * (65_535 - lines.length) + 255;
      lines.push(`a=candidate:${lines.length + 1} 1 udp ${priority} ${host} ${port} typ host`);
    }
  }
  return lines;
}

/** Of a host candidate over UDP (RFC 8839 §5.1). */
function addressOf(line: string): string | undefined {
  const address = /^a=candidate:\S{1,64} \d{1,3} udp \d{1,10} ([0-9A-Fa-f.:]{2,45}) \d{1,5} typ host\b/i.exec(line)?.[1];
  return address !== undefined && isIP(address) > 0 ? address : undefined;
}

/** A name would have to be looked up by every browser, and not all do. */
function ipOf(host: string | undefined): string | undefined {
  const name = host?.replace(/:\d{1,5}$/, "").replace(/^\[(.*)\]$/, "$1");
  if (name === "localhost") return "127.0.0.1";
  return name !== undefined && isIP(name) > 0 ? name : undefined;
}
