// Firefox lays a button of its own ("Pop out this video") over the right half of every picture, and takes the presses there, whatever
// of the page lies over it: in a small picture those on the controls. Knows only the element.

/**
 * For pictures with controls of our own over them, before they get a source. What Firefox offers there the page offers by itself, if
 * at all. Other browsers keep what they have: there it lies over nothing.
 */
export function keepOverlayOff(video: HTMLVideoElement): void {
  // Only Firefox tells it so; one that is too old for the property keeps its button.
  if ("mozHasAudio" in video) video.disablePictureInPicture = true;
}
