// All that the parts of the page share: made once by watch.tsx, handed to each of them.
import type { ControlsTimer } from "./controls-timer.ts";
import type { ScreenMode } from "./screen-modes.ts";
import type { SoundStart } from "./sound-start.ts";
import type { Student } from "./student.ts";
import type { VideoSignals } from "./video-signals.ts";

export interface Classroom {
  readonly student: Student;
  readonly video: HTMLVideoElement;
  readonly playing: VideoSignals;
  readonly sound: SoundStart;
  readonly controls: ControlsTimer;
  readonly fullscreen: ScreenMode;
  readonly smallPicture: ScreenMode;
  readonly hasVolume: boolean;
}

/** Plays, or stops at the viewer's wish. */
export function togglePlay({ video, sound }: Classroom): void {
  if (!video.paused) video.pause();
  else if (sound.offer.value !== "none") sound.accept();
  else
    video.play().catch(() => {
      // Not allowed, or another source comes: the button stays.
    });
}

export function toggleMute({ video, sound }: Classroom): void {
  if (sound.offer.value === "sound") sound.accept();
  else if (video.muted || video.volume === 0) setVolume(video, video.volume === 0 ? 0.5 : video.volume);
  else video.muted = true;
}

/** @param volume 0 to 1; what lies outside is the nearest of them */
export function setVolume(video: HTMLVideoElement, volume: number): void {
  video.volume = Math.min(1, Math.max(0, volume));
  video.muted = video.volume === 0;
}
