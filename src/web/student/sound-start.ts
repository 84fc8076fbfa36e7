// Begins playback with sound where the browser allows it, muted where it does not, and says what is left for a touch to do.
import { signal, type ReadonlySignal } from "@preact/signals";

/** What the browser waits for: a touch for the sound, a touch for the whole picture, or nothing. */
export type SoundOffer = "none" | "sound" | "play";

export interface SoundStart {
  readonly offer: ReadonlySignal<SoundOffer>;
  /** Within a touch or a key press: Safari lets this element play with sound from now on. */
  bless(): void;
  /** Takes the offer, within a touch. */
  accept(): void;
}

export function startSound(video: HTMLVideoElement): SoundStart {
  const offer = signal<SoundOffer>("none");
  let [blessed, begun] = [false, false];

  async function begin(): Promise<void> {
    if (begun) return;
    begun = true;
    const wasTouched = blessed || navigator.userActivation?.hasBeenActive;
    video.muted = !wasTouched;
    const outcome = await tryToPlay();
    if (outcome !== "forbidden") {
      if (outcome === "interrupted") begun = false;
      else if (video.muted) offer.value = "sound";
      return;
    }
    // Even muted playback may wait for a touch (power saving).
    video.muted = true;
    offer.value = (await tryToPlay()) === "forbidden" ? "play" : "sound";
  }

  /** Interrupted by another source: that one begins by itself. */
  async function tryToPlay(): Promise<"plays" | "forbidden" | "interrupted"> {
    try {
      await video.play();
      return "plays";
    } catch (error) {
      return error instanceof DOMException && error.name === "NotAllowedError" ? "forbidden" : "interrupted";
    }
  }

  video.addEventListener("loadeddata", () => void begin());
  // An iPhone that may not play loads no data either.
  video.addEventListener("suspend", () => {
    if (video.paused && video.readyState >= HTMLMediaElement.HAVE_METADATA) void begin();
  });
  video.addEventListener("volumechange", () => {
    if (!video.muted) offer.value = "none";
  });
  video.addEventListener("playing", () => {
    if (offer.value === "play") offer.value = video.muted ? "sound" : "none";
  });
  return {
    offer,
    bless() {
      blessed = true;
      if (video.readyState === HTMLMediaElement.HAVE_NOTHING && video.currentSrc === "") video.load();
    },
    accept() {
      blessed = true;
      video.muted = false;
      offer.value = "none";
      void tryToPlay();
    },
  };
}
