// HTTP for the conformance checker: every answer passes the rules that hold for all of them (CORS, caching, types).
import { createHash } from "node:crypto";
import type { Report } from "./report.ts";

export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  readonly elapsedMs: number;
}

export type ResourceKind = "playlist" | "media" | "probe";

export interface Client {
  /** Never throws: a connection that breaks or takes over `timeoutMs` is an answer with status 0. */
  get(url: string, kind: ResourceKind, timeoutMs?: number): Promise<Answer>;
}

export const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Some page that is not served by the node itself, as the watch page is not. */
const origin = "https://school.example";
const playlistTypes = ["application/vnd.apple.mpegurl", "audio/mpegurl", "application/x-mpegurl"];
const mediaTypes = ["video/mp4", "audio/mp4", "video/iso.segment", "audio/iso.segment", "application/mp4"];

/** Without secrets, for messages. */
export const shortUrl = (url: string): string => url.replace(/([?&]jwt=)[^&]*/g, "$1…");

export function createClient(report: Report, fetcher: typeof fetch): Client {
  function checkHeaders({ url, status, headers }: Answer, kind: ResourceKind): void {
    const allowed = headers.get("access-control-allow-origin");
    report.check(
      "cors",
      allowed === "*" || allowed === origin,
      `status ${status} has Access-Control-Allow-Origin: ${allowed}`,
      shortUrl(url),
    );
    if (status !== 200) return;
    report.check("cache-control", (headers.get("cache-control") ?? "") !== "", "no Cache-Control", shortUrl(url));
    if (kind === "probe") return;
    const type = (headers.get("content-type") ?? "none").split(";")[0]?.trim().toLowerCase() ?? "";
    const types = kind === "playlist" ? playlistTypes : mediaTypes;
    report.check("content-type", types.includes(type), `Content-Type ${type} for ${kind}`, shortUrl(url));
  }

  return {
    async get(url, kind, timeoutMs = 15_000) {
      const startedMs = performance.now();
      try {
        const response = await fetcher(url, { headers: { origin }, signal: AbortSignal.timeout(timeoutMs), redirect: "follow" });
        const body = Buffer.from(await response.arrayBuffer());
        const answer = { url, status: response.status, headers: response.headers, body, elapsedMs: performance.now() - startedMs };
        checkHeaders(answer, kind);
        return answer;
      } catch (error) {
        // An answer that does not come is a finding of the rule that asked, not a failure of the checker.
        report.observe(`no answer from ${shortUrl(url)}: ${error instanceof Error ? error.message : String(error)}`);
        return { url, status: 0, headers: new Headers(), body: Buffer.alloc(0), elapsedMs: performance.now() - startedMs };
      }
    },
  };
}

/** Adds query parameters (delivery directives) to a URL. */
export function withQuery(url: string, parameters: Readonly<Record<string, string | number>>): string {
  const result = new URL(url);
  for (const [name, value] of Object.entries(parameters)) result.searchParams.set(name, String(value));
  return result.href;
}

export function withoutQuery(url: string, name: string): string {
  const result = new URL(url);
  result.searchParams.delete(name);
  return result.href;
}
