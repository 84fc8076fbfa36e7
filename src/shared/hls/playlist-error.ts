// A playlist of another node that is not what our own renderer writes.

export class PlaylistError extends Error {
  override readonly name = "PlaylistError";
}
