// Full screen and the small picture over other windows, as far as this browser has them.
import { signal, type ReadonlySignal } from "@preact/signals";

export interface ScreenMode {
  /** Undefined where the browser cannot. */
  readonly toggle: (() => void) | undefined;
  readonly isOn: ReadonlySignal<boolean>;
}

/** Of iPhones, which show a video element full screen, and nothing else. */
interface WebkitVideo extends HTMLVideoElement {
  readonly webkitEnterFullscreen?: () => void;
  readonly webkitSupportsFullscreen?: boolean;
}

/** What was refused (no touch, a policy of the school's devices) leaves everything as it was. */
function ignoreRefusal(promise: Promise<unknown>): void {
  promise.catch(() => {
    // The button stays, and may be pressed again.
  });
}

/** A class is wider than high. Android turns the picture; who holds the phone the other way need not. */
async function turnPhone(): Promise<void> {
  const lock: unknown = Reflect.get(screen.orientation, "lock");
  if (typeof lock === "function") await lock.call(screen.orientation, "landscape");
}

/** @param stage the picture with what lies over it */
export function createFullscreen(video: HTMLVideoElement, stage: () => HTMLElement | null): ScreenMode {
  const isOn = signal(false);
  if (document.fullscreenEnabled) {
    document.addEventListener("fullscreenchange", () => {
      isOn.value = document.fullscreenElement !== null;
    });
    return {
      isOn,
      toggle() {
        const element = stage();
        if (document.fullscreenElement !== null) ignoreRefusal(document.exitFullscreen());
        else if (element !== null) ignoreRefusal(element.requestFullscreen({ navigationUI: "hide" }).then(turnPhone));
      },
    };
  }
  const { webkitEnterFullscreen } = video as WebkitVideo;
  if (webkitEnterFullscreen === undefined) return { isOn, toggle: undefined };
  return {
    isOn,
    toggle() {
      // Before there is a picture there is nothing to enlarge.
      if ((video as WebkitVideo).webkitSupportsFullscreen === true) webkitEnterFullscreen.call(video);
    },
  };
}

export function createSmallPicture(video: HTMLVideoElement): ScreenMode {
  const isOn = signal(false);
  if (!("requestPictureInPicture" in video) || !document.pictureInPictureEnabled) return { isOn, toggle: undefined };
  video.addEventListener("enterpictureinpicture", () => {
    isOn.value = true;
  });
  // What is forbidden to the browser (see firefox-overlay.ts) is for our button allowed for as long as it lasts.
  const isForbidden = video.disablePictureInPicture;
  const forbidAgain = (): void => {
    video.disablePictureInPicture = isForbidden;
  };
  video.addEventListener("leavepictureinpicture", () => {
    isOn.value = false;
    forbidAgain();
  });
  return {
    isOn,
    toggle() {
      if (document.pictureInPictureElement === video) ignoreRefusal(document.exitPictureInPicture());
      else if (video.readyState >= HTMLMediaElement.HAVE_METADATA) {
        video.disablePictureInPicture = false;
        // What was refused leaves everything as it was.
        video.requestPictureInPicture().catch(forbidAgain);
      }
    },
  };
}
