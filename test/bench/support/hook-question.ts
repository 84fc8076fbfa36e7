// Asks the slave's auth hook as MediaMTX does, on a new connection each time.
import { request } from "node:http";

/** A question without what it is about. */
export const stranger = { ip: "127.0.0.1", user: "", password: "", token: "", query: "", id: null };

/** @param port of the hook. */
export function askHook(port: number, question: object): Promise<{ readonly status: number; readonly ms: number }> {
  const body = JSON.stringify(question);
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    request({ host: "127.0.0.1", port, path: "/mediamtx", method: "POST", agent: false, headers }, (response) => {
      response.resume().once("end", () => resolve({ status: response.statusCode ?? 0, ms: performance.now() - startedMs }));
    })
      .once("error", reject)
      .end(body);
  });
}
