// Tells the freeze meter when a video element shows a picture and when its viewer stops it. Knows only the element.
import { createFreezeMeter, type FreezeFigures } from "./freeze-meter.ts";

export interface PictureWatch {
  figures(): FreezeFigures;
  stop(): void;
}

export function watchPicture(video: HTMLVideoElement): PictureWatch {
  const meter = createFreezeMeter();
  let [lastTimeS, handle] = [-1, 0];

  function onFrame(nowMs: number): void {
    // Hidden pages get no pictures although the class goes on.
    if (!document.hidden) meter.picture(nowMs);
    handle = video.requestVideoFrameCallback(onFrame);
  }
  /** Four times a second, for browsers that do not tell of each picture. */
  const onTime = (): void => {
    if (video.currentTime === lastTimeS || document.hidden) return;
    lastTimeS = video.currentTime;
    meter.picture(performance.now());
  };
  const onStopped = (): void => {
    // The browser also pauses by itself when the element loses its source: then the picture does stand.
    if (document.hidden || video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) meter.interrupted(performance.now());
  };
  const onVisibility = (): void => {
    if (document.hidden) meter.interrupted(performance.now());
  };

  const tellsFrames = "requestVideoFrameCallback" in video;
  if (tellsFrames) handle = video.requestVideoFrameCallback(onFrame);
  else (video as HTMLVideoElement).addEventListener("timeupdate", onTime);
  video.addEventListener("pause", onStopped);
  document.addEventListener("visibilitychange", onVisibility);
  return {
    figures: () => meter.figures(performance.now()),
    stop() {
      if (tellsFrames) video.cancelVideoFrameCallback(handle);
      video.removeEventListener("timeupdate", onTime);
      video.removeEventListener("pause", onStopped);
      document.removeEventListener("visibilitychange", onVisibility);
    },
  };
}
