// Hashes that are the same in every process, on every machine and after every restart, so that all masters
// send a path to the same home. Not for secrets.

/** FNV-1a, 32 bits, over UTF-16 code units (ids and paths are ASCII). */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** The weight of a node for a path (highest random weight); mixed well, as FNV alone leaves neighbours close together. In [0, 2^32). */
export function rendezvousScore(nodeHash: number, pathHash: number): number {
  let mixed = nodeHash ^ Math.imul(pathHash, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
