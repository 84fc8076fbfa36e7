// What came to a port and is no HTTP: it is answered like any bad request. The bytes of it are never logged: a token may be
// among them.
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Logger } from "../logging/logger.ts";
import { problemDocument } from "../protocol/problems.ts";

/** For Node's `clientError`, where the connection is still there. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex, logger: Pick<Logger, "debug">): void {
  // Nobody is there to be told; nor is it worth a line.
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const id = randomUUID();
  logger.debug({ request: id, code: error.code }, "what came is no HTTP request");
  const body = JSON.stringify(problemDocument("malformed_request", detailOf(error.code), `urn:airclass:request:${id}`));
  const head = [
    "HTTP/1.1 400 Bad Request",
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  if (socket.writable) socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  socket.destroy(error);
}

function detailOf(code: string | undefined): string | undefined {
  if (code === "HPE_HEADER_OVERFLOW") return "its headers are too large";
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? "it did not come in time" : undefined;
}
