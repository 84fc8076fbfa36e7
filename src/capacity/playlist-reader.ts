// Reads the playlists of many viewers of one class: but for their tokens those are mostly the same text, which is read once.
import { setNewest } from "../shared/kernel/bounded-map.ts";
import { readMediaPlaylist } from "../shared/hls/read-media-playlist.ts";
import type { ListedMedia } from "../shared/hls/read-media-playlist.ts";
import { readMultivariantPlaylist } from "../shared/hls/read-multivariant-playlist.ts";

export interface PlaylistReader {
  /** @throws PlaylistError */
  media(text: string, token: string): ListedMedia;
  /** URI of the first variant, relative and without query. @throws PlaylistError */
  firstVariant(text: string, token: string): string;
}

/** Playlists of one class at one moment: a few nodes and renditions, each as delta update and whole. */
const maxKept = 64;

export function createPlaylistReader(): PlaylistReader {
  const kept = new Map<string, ListedMedia>();
  return {
    media(text, token) {
      const bare = withoutToken(text, token);
      const known = kept.get(bare);
      if (known) return known;
      const listed = readMediaPlaylist(bare, { delta: true });
      setNewest(kept, bare, listed, maxKept);
      return listed;
    },
    firstVariant(text, token) {
      return `${readMultivariantPlaylist(withoutToken(text, token))[0]?.name ?? ""}/stream.m3u8`;
    },
  };
}

const withoutToken = (text: string, token: string): string => text.replaceAll(`?jwt=${token}`, "");
