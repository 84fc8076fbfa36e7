// What a slave asks a viewer beside the playlist. Apart from player-messages.ts, since players bring no schemas with them.

/** Response header of playlists to viewers. */
export const adviceHeader = "airclass-advice";
/** Get a token for another node: this one is being emptied. */
export const adviceMove = "move";
