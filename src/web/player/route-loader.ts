// The loader that hls.js uses for playlists and media. A request goes to the node of the moment under the current token;
// one that the node fails is held and repeated, here or at the next node, and hls.js notices nothing but the time.
import { XhrLoader, type HlsConfig, type LoaderCallbacks, type LoaderConfiguration, type LoaderContext } from "hls.js";
import { adviceHeader, adviceMove } from "../../shared/protocol/advice-header.ts";
import { hasAsked, hasPartsAlone } from "../../shared/viewing/newest-part.ts";
import { behindWaitMs, hiccupWaitMs, remedyOf, withheldPlaylistMs } from "../../shared/viewing/request-remedy.ts";
import type { SentTo, StreamRoute } from "../../shared/viewing/stream-route.ts";
import { partToBeginWith, withMissingSegment, type PartNumber } from "./first-parts.ts";
import { steadyPlaylist } from "./steady-playlist.ts";
import { blockingUrl, isBlocking } from "../../shared/viewing/virtual-url.ts";

type LoaderConstructor = new (config: HlsConfig) => XhrLoader;
interface Reading {
  readonly text: string;
  readonly isEarly: boolean;
  /** To be asked for. */
  readonly lacks: PartNumber | undefined;
}

type Callbacks = LoaderCallbacks<LoaderContext>;

export interface RouteLoaderDeps {
  readonly route: StreamRoute;
  /** A playlist that was there before is not known to the node: resolves true when the request is worth repeating. */
  readonly missing: () => Promise<boolean>;
  readonly random: () => number;
}

const isPlaylist = ({ responseType }: LoaderContext): boolean => responseType === "text" || responseType === "";

export function createRouteLoader({ route, missing, random }: RouteLoaderDeps): LoaderConstructor {
  /** First segment that hls.js knows, by the path of the playlist: one for each rendition. */
  const floors = new Map<string, number>();

  /** A playlist as hls.js can read it, and whether it is too early to show it: without what was asked for, or with too few parts. */
  function read(url: string, playlist: string): Reading {
    const isEarly = !hasAsked(playlist, url);
    if (!hasPartsAlone(playlist)) return { text: playlist, isEarly, lacks: undefined };
    const knownMsn = floors.get(new URL(url).pathname);
    const text = withMissingSegment(playlist, knownMsn);
    const lacks = knownMsn === undefined ? partToBeginWith(playlist) : undefined;
    return { text: text ?? playlist, isEarly: isEarly || text === undefined || lacks !== undefined, lacks };
  }

  function steady(url: string, data: unknown): unknown {
    if (typeof data !== "string") return data;
    const { pathname } = new URL(url);
    const floorMsn = floors.get(pathname) ?? 0;
    const { text, firstMsn } = steadyPlaylist(data, floorMsn);
    if (firstMsn !== undefined) floors.set(pathname, Math.max(floorMsn, firstMsn));
    return text;
  }

  return class RouteLoader extends XhrLoader {
    #sentTo: SentTo | undefined;
    /** Asked for beyond what hls.js asks for. */
    #part: PartNumber | undefined;
    #leave: () => void = () => undefined;
    #timer: ReturnType<typeof setTimeout> | undefined;
    #tries = 0;
    #loadedMs = 0;

    constructor(config: HlsConfig) {
      super({
        ...config,
        xhrSetup: (xhr, virtualUrl) => {
          const { url, sentTo } = route.resolve(this.#part ? blockingUrl(virtualUrl, this.#part) : virtualUrl);
          this.#sentTo = sentTo;
          xhr.open("GET", url, true);
        },
      });
    }

    override load(context: LoaderContext, config: LoaderConfiguration, callbacks: Callbacks): void {
      this.#end();
      this.#tries = 0;
      this.#loadedMs = performance.now();
      this.#leave = route.enter({
        kind: isPlaylist(context) ? "playlist" : "media",
        nodeId: () => this.#sentTo?.nodeId,
        again: () => this.#send(context, config, callbacks),
      });
      this.#send(context, config, callbacks);
    }

    override abort(): void {
      this.#end();
      super.abort();
    }

    override destroy(): void {
      this.#end();
      super.destroy();
    }

    #end(): void {
      clearTimeout(this.#timer);
      this.#leave();
      this.#leave = () => undefined;
    }

    #send(context: LoaderContext, config: LoaderConfiguration, callbacks: Callbacks, part?: PartNumber): void {
      clearTimeout(this.#timer);
      this.#part = part;
      this.abortInternal();
      this.resetInternalLoader();
      this.#sentTo = undefined;
      // Of the node that answers in the end, so that the time it took counts and not that of the failure.
      this.stats.loading.start = 0;
      super.load(context, config, {
        ...callbacks,
        onSuccess: (response, stats, succeeded, details) => {
          const nodeId = this.#sentTo?.nodeId;
          const advised = details instanceof XMLHttpRequest && isPlaylist(context) && adviceOf(details) === adviceMove;
          const playlist = typeof response.data === "string" && isPlaylist(context) ? response.data : undefined;
          const reading = playlist === undefined ? undefined : read(context.url, playlist);
          if (reading?.isEarly === true && this.#mayWait()) {
            const asked = this.#part;
            this.#sentTo = undefined;
            if (nodeId !== undefined) route.answered(nodeId, "playlist", context.url, advised);
            // The node keeps that question. It answers without the part when the teacher has gone.
            if (reading.lacks !== undefined && asked === undefined) this.#send(context, config, callbacks, reading.lacks);
            else this.#sendIn(behindWaitMs, context, config, callbacks);
            return;
          }
          this.#end();
          // hls.js must not see where it came from: another host would be another stream.
          const data = steady(context.url, reading?.text ?? response.data) as NonNullable<typeof response.data>;
          callbacks.onSuccess({ ...response, url: context.url, data }, stats, succeeded, details);
          if (nodeId !== undefined) route.answered(nodeId, isPlaylist(context) ? "playlist" : "media", context.url, advised);
        },
        onError: (error, failed, details, stats) =>
          this.#remedy(error.code, context, config, callbacks, () => callbacks.onError(error, failed, details, stats)),
        onTimeout: (stats, failed, details) => {
          const pass = (): void => callbacks.onTimeout(stats, failed, details);
          // hls.js waits for a blocking playlist for a few parts only, then asks for it as it is: that is no failure.
          if (isBlocking(context.url) && this.#mayWait()) this.#send(context, config, callbacks);
          else if (isBlocking(context.url)) this.#pass(pass);
          else this.#remedy(0, context, config, callbacks, pass);
        },
      });
    }

    #mayWait(): boolean {
      return performance.now() - this.#loadedMs < withheldPlaylistMs;
    }

    #sendIn(meanMs: number, context: LoaderContext, config: LoaderConfiguration, callbacks: Callbacks): void {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(
        () => {
          // hls.js may have let go of this loader meanwhile (another level, a seek).
          if (this.context === context) this.#send(context, config, callbacks);
        },
        meanMs * (0.5 + random()),
      );
    }

    #pass(tell: () => void): void {
      this.#end();
      tell();
    }

    #remedy(status: number, context: LoaderContext, config: LoaderConfiguration, callbacks: Callbacks, pass: () => void): void {
      const sentTo = this.#sentTo;
      this.#sentTo = undefined;
      const remedy = remedyOf(status, isPlaylist(context) ? "playlist" : "media", this.#tries);
      this.#tries += 1;
      const decide = (repeat: boolean): void => {
        // hls.js may have let go of this loader meanwhile (another level, a seek).
        if (this.context !== context) return;
        if (repeat) this.#send(context, config, callbacks);
        else this.#pass(pass);
      };
      // A stream that becomes origin here is not ready for a moment, and will go on from where it was.
      const becoming = status === 503 && isBlocking(context.url) && this.#mayWait();
      if (sentTo !== undefined && becoming) {
        this.#sendIn(behindWaitMs, context, config, callbacks);
        return;
      }
      if (sentTo === undefined || remedy === "pass") {
        this.#pass(pass);
        return;
      }
      if (remedy === "wait") this.#sendIn(status >= 500 ? hiccupWaitMs : behindWaitMs, context, config, callbacks);
      else if (remedy === "missing") void missing().then(decide);
      else {
        this.#tries = 0;
        void route.failed(sentTo, status === 400 ? 0 : status).then(decide);
      }
    }
  };
}

/** Without the header in the list of exposed ones, getResponseHeader would warn on the console each time. */
function adviceOf(xhr: XMLHttpRequest): string | undefined {
  const line = xhr
    .getAllResponseHeaders()
    .split("\r\n")
    .find((header) => header.toLowerCase().startsWith(`${adviceHeader}:`));
  return line?.slice(adviceHeader.length + 1).trim();
}
