// Playlist text with a hole after each child URI, for the query that differs between viewers.

/** Stands for the query while the text is made; no URI, codec string or date contains it. */
export const queryHole = "\u0000";

/** A playlist rendered once for all viewers; the only thing that differs between them is the query of child URIs. */
export interface PlaylistTemplate {
  /** The text for a viewer is `pieces.join(query)`, with query = `?jwt=<token>`. */
  readonly pieces: readonly string[];
  /** The text for a viewer without a query, ready to be written. */
  readonly bare: Buffer;
}

export function playlistTemplate(text: string): PlaylistTemplate {
  const pieces = text.split(queryHole);
  let bare: Buffer | undefined;
  return {
    pieces,
    get bare() {
      bare ??= Buffer.from(pieces.join(""));
      return bare;
    },
  };
}

/** Microseconds as decimal seconds: exact, without exponent. */
export function secondsText(us: number): string {
  const whole = Math.floor(us / 1e6);
  const rest = String(Math.round(us - whole * 1e6))
    .padStart(6, "0")
    .replace(/0+$/, "");
  return rest === "" ? String(whole) : `${whole}.${rest}`;
}
