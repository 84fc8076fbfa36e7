// What a video element is doing, as signals. Knows only the element.
import { signal, type ReadonlySignal } from "@preact/signals";

export interface VideoSignals {
  readonly paused: ReadonlySignal<boolean>;
  readonly muted: ReadonlySignal<boolean>;
  /** 0 to 1 */
  readonly volume: ReadonlySignal<number>;
}

export function watchVideo(video: HTMLVideoElement): VideoSignals {
  const paused = signal(true);
  const muted = signal(video.muted);
  const volume = signal(video.volume);
  const readPlayback = (): void => {
    paused.value = video.paused;
  };
  const readSound = (): void => {
    muted.value = video.muted;
    volume.value = video.volume;
  };
  for (const name of ["play", "playing", "pause", "emptied", "loadedmetadata", "loadeddata"]) video.addEventListener(name, readPlayback);
  video.addEventListener("volumechange", readSound);
  return { paused, muted, volume };
}

/** iPhones leave the volume to their buttons: what is set there stays 1. */
export function canSetVolume(): boolean {
  const probe = document.createElement("video");
  probe.volume = 0.5;
  return probe.volume === 0.5;
}
