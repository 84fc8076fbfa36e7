// Starts an element that should be playing. Knows only the element.

/** Plays on after a change of source, or after the device paused it; what forbids it is the page's business. */
export function playAgain(video: HTMLVideoElement): void {
  video.play().catch(() => {
    // Autoplay is refused, or another source has come meanwhile: the page's button, or that source, deals with it.
  });
}
