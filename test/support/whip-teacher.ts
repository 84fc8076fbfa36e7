// A teacher with nothing but a browser: camera and microphone of a page over WHIP (RFC 9725).
import type { Page } from "playwright-core";

/** Runs in the page: RFC 9725 §4.2, without trickling; offers what the browser offers, VP8 first. */
const publishInPage = `async (url) => {
  const media = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240, frameRate: 30 }, audio: true });
  const peer = new RTCPeerConnection();
  globalThis.peer = peer;
  for (const track of media.getTracks()) peer.addTransceiver(track, { direction: "sendonly" });
  await peer.setLocalDescription();
  while (peer.iceGatheringState !== "complete") await new Promise((resolve) => setTimeout(resolve, 20));
  const headers = { "content-type": "application/sdp" };
  const response = await fetch(url, { method: "POST", headers, body: peer.localDescription.sdp });
  if (response.status === 201) await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
  return { status: response.status, location: response.headers.get("location") };
}`;

/** @returns what the node answers; what is published goes on until the page is closed. */
export function whipPublish(tab: Page, url: string): Promise<{ readonly status: number; readonly location: string | null }> {
  return tab.evaluate(`(${publishInPage})(${JSON.stringify(url)})`);
}
