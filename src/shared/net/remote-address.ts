// IP addresses of peers, as sockets give them. Pure.

/** `::ffff:10.0.0.1` → `10.0.0.1`; others as they are. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}

/** Who is counted as one for limits: an IPv4 address; of IPv6 a whole /64, since a sender owns all of it. */
export function senderOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const groups = head === "" ? [] : head.split(":");
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === "" ? 0 : tail.split(":").length);
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill("0"), ...(tail ? tail.split(":") : [])];
  return all.slice(0, 4).join(":");
}
