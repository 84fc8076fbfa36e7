// Which stream a publisher means, read from the strings that RTMP clients send. Pure; trusts nothing.
import { isClassName, streamPathOf } from "../protocol/names.ts";

export interface StreamTarget {
  readonly path: string;
  readonly key: string | undefined;
  readonly token: string | undefined;
  /** A gateway's credential. */
  readonly relay: string | undefined;
}

/** The one application name of RTMP URLs, `rtmp://host/live`. */
const rtmpApp = "live";
/** Longer keys and tokens are not ours. */
const maxSecretChars = 4_096;

/** True for `live`, also as `live/` and with a query, which some encoders put there. */
export function isRtmpApp(app: string): boolean {
  return appName(app) === rtmpApp;
}

/**
 * Reads `<name>?key=<key>` (the "stream key" of OBS, the last part of ffmpeg's URL); a query at the app counts where
 * the name has none. @returns undefined when the name is not one a class can have or the query cannot be decoded.
 */
export function readStreamTarget(app: string, streamName: string): StreamTarget | undefined {
  const [name = "", nameQuery = ""] = cut(streamName);
  if (!isClassName(name)) return undefined;
  const [, appQuery = ""] = cut(app);
  const secrets = readPublishSecrets([nameQuery, appQuery]);
  return secrets && { path: streamPathOf(name), ...secrets };
}

/**
 * What a publisher shows in a query (`key=…&jwt=…`); of several queries, the first that has a field counts.
 * @returns undefined when a field cannot be decoded or is longer than any of ours.
 */
export function readPublishSecrets(queries: readonly string[]): Omit<StreamTarget, "path"> | undefined {
  try {
    const secret = (field: string) => queries.map((query) => queryField(query, field)).find((value) => value !== undefined);
    const secrets = { key: secret("key"), token: secret("jwt"), relay: secret("relay") };
    if (Object.values(secrets).some((given) => (given?.length ?? 0) > maxSecretChars)) return undefined;
    return secrets;
  } catch (error) {
    // A percent sign without two hex digits: not an address we gave out.
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function appName(app: string): string {
  return (cut(app)[0] ?? "").replace(/\/$/, "");
}

function cut(text: string): string[] {
  const at = text.indexOf("?");
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** Not URLSearchParams, which would turn the `+` of a key into a space. */
function queryField(query: string, field: string): string | undefined {
  for (const pair of query.split("&", 16)) {
    if (pair.startsWith(`${field}=`)) return decodeURIComponent(pair.slice(field.length + 1));
  }
  return undefined;
}
