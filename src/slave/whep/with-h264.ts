// A teacher's WebRTC offer without the codecs that students' browsers, or HLS, do not play: browsers offer VP8 first, and the media
// server takes what comes first. Pure.

/** @param sdp an offer; one whose video has no H.264 stays as it is, and is refused when its video comes. */
export function withH264(sdp: string): string {
  return sdp
    .split(/^(?=m=)/m)
    .map((section) => (section.startsWith("m=video ") ? onlyH264(section) : section))
    .join("");
}

function onlyH264(section: string): string {
  const kept = new Set([...section.matchAll(/^a=rtpmap:(\d+) H264\//gim)].map(([, payloadType]) => payloadType));
  if (kept.size === 0) return section;
  return section
    .split(/(?<=\n)/)
    .filter((line) => {
      const about = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+)\b/.exec(line);
      return about === null || kept.has(about[1]);
    })
    .join("")
    .replace(/^(m=video \S+ \S+)((?: \d+)+)/, (_all, start: string, types: string) =>
      [start, ...types.split(" ").filter((payloadType) => kept.has(payloadType))].join(" "),
    );
}
