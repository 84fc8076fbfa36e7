// Playback by the browser itself, for the few that play HLS but have no Media Source Extensions (older iPhones).
// Such a player cannot change the node or the token of a running stream: when it fails it starts anew with the current ones.
import type { Backoff } from "../../shared/kernel/backoff.ts";
import type { StreamRoute } from "../../shared/viewing/stream-route.ts";

export interface NativePlayback {
  playingDate(): Date | undefined;
  reload(): void;
  stop(): void;
}

/** @param onFailed gets an HTTP status, 0 when unknown. */
export function createNativePlayback(
  video: HTMLVideoElement,
  route: StreamRoute,
  onFailed: (status: number) => void,
  backoff: Backoff,
): NativePlayback {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  function load(): void {
    clearTimeout(timer);
    if (stopped) return;
    video.src = route.grant().hlsUrl;
    video.load();
    video.play().catch(() => {
      // Autoplay is refused or the source is not there yet: the page's button and `error` deal with it.
    });
  }

  /** The element does not say which status it got, so the playlist is asked once more. */
  async function onError(): Promise<void> {
    const grant = route.grant();
    const status = await fetch(grant.hlsUrl, { cache: "no-store", signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.status,
      () => 0,
    );
    onFailed(status);
    if (status === 0 || status === 401 || status === 403 || (status >= 500 && status !== 503)) await route.failed(grant, status);
    clearTimeout(timer);
    timer = setTimeout(load, backoff.next());
  }

  const listener = (): void => void onError();
  video.addEventListener("error", listener);
  load();
  return {
    playingDate() {
      // Safari: the date of media time 0 by EXT-X-PROGRAM-DATE-TIME.
      const getStartDate: unknown = Reflect.get(video, "getStartDate");
      const start: unknown = typeof getStartDate === "function" ? getStartDate.call(video) : undefined;
      if (!(start instanceof Date) || Number.isNaN(start.getTime())) return undefined;
      return new Date(start.getTime() + video.currentTime * 1000);
    },
    reload: load,
    stop() {
      stopped = true;
      clearTimeout(timer);
      video.removeEventListener("error", listener);
      video.removeAttribute("src");
      video.load();
    },
  };
}
