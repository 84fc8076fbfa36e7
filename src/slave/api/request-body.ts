// Reads the small body of a request at the viewers' port, within a bound. What is in it is the caller's business.
import type { MediaResponder } from "./media-response.ts";
import type { Asked } from "./response-observer.ts";

/** Calls `finish` with the whole body, unless it is too large (which is answered) or its sender has gone. */
export function readBody(
  asked: Asked,
  maxBytes: number,
  respond: Pick<MediaResponder, "problem" | "nowMs">,
  finish: (body: Buffer) => void,
): void {
  const { request, response } = asked;
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else if (!response.headersSent) tooLarge();
  });
  request.on("end", () => {
    if (response.headersSent || response.destroyed) return;
    // How long its sender took over it is not our time.
    asked.sinceMs = respond.nowMs();
    finish(Buffer.concat(chunks));
  });
  // The connection broke while it came: there is nobody to answer.
  request.on("error", () => response.destroy());

  function tooLarge(): void {
    refuseUnread(asked, () => respond.problem(asked, "body_too_large", `at most ${maxBytes} bytes`));
  }
}

/** The rest of the body is not waited for: the connection ends with the answer. */
export function refuseUnread({ request, response }: Asked, answer: () => void): void {
  response.shouldKeepAlive = false;
  answer();
  request.resume();
}
