// The loader that hls.js uses for playlists and media: every request carries the current token, and one that is
// refused (401, 403) is repeated once with a new token.
import { XhrLoader, type HlsConfig, type LoaderCallbacks, type LoaderConfiguration, type LoaderContext } from "hls.js";
import type { TokenSession } from "./token-session.ts";

type LoaderConstructor = new (config: HlsConfig) => XhrLoader;

export function createSessionLoader(session: TokenSession): LoaderConstructor {
  return class SessionLoader extends XhrLoader {
    #sentUrl = "";

    constructor(config: HlsConfig) {
      super({
        ...config,
        xhrSetup: (xhr, url) => {
          this.#sentUrl = session.authorise(url);
          xhr.open("GET", this.#sentUrl, true);
        },
      });
    }

    override load(context: LoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks<LoaderContext>): void {
      const refusable: LoaderCallbacks<LoaderContext> = {
        ...callbacks,
        onError: (error, failed, details, stats) => {
          if (error.code !== 401 && error.code !== 403) {
            callbacks.onError(error, failed, details, stats);
            return;
          }
          void this.#repeat(context, config, callbacks, () => callbacks.onError(error, failed, details, stats));
        },
      };
      super.load(context, config, refusable);
    }

    async #repeat(
      context: LoaderContext,
      config: LoaderConfiguration,
      callbacks: LoaderCallbacks<LoaderContext>,
      giveUp: () => void,
    ): Promise<void> {
      const renewed = await session.renewAfterRefusal(this.#sentUrl);
      // hls.js may have let go of this loader meanwhile (another level, a seek).
      if (this.context !== context) return;
      if (!renewed) {
        giveUp();
        return;
      }
      this.resetInternalLoader();
      this.stats.loading.start = 0;
      super.load(context, config, callbacks);
    }
  };
}
