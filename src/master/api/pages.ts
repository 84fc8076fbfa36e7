// Serves the built pages: /watch/<class> and their assets, and the player for other sites' pages. Knows nothing of what they do.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import staticFiles from "@fastify/static";
import { Type } from "typebox";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { ClassName } from "../../shared/protocol/names.ts";
import { Problem } from "../../shared/protocol/problems.ts";

/**
 * Scripts and styles only from here. Media comes from slaves, whose addresses the page learns later, over http or
 * https; hls.js makes blob: URLs for the video element and its worker.
 */
const contentSecurityPolicy = [
  "default-src 'self'",
  "connect-src 'self' http: https:",
  "media-src 'self' blob: http: https:",
  "worker-src 'self' blob:",
  "img-src 'self' data: blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join("; ");

const yearMs = 365 * 24 * 3_600 * 1_000;

/** Where `npm run build:web` puts the pages: beside the compiled code, or in `dist` of a clone. */
export function defaultWebRoot(): string {
  const isSource = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(isSource ? "../../../dist/web/" : "../../web/", import.meta.url));
}

export async function registerPages(app: HttpServer, { webRoot }: { webRoot: string }): Promise<void> {
  // Only `reply.sendFile`; which files are public is said below.
  await app.register(staticFiles, { root: webRoot, serve: false });

  const requireBuilt = (): void => {
    if (!existsSync(join(webRoot, "watch.html"))) throw new Problem("page_not_built", "the pages have not been built: npm run build:web");
  };

  app.get("/watch/:name", { schema: { hide: true, params: Type.Object({ name: ClassName }) } }, async (_request, reply) => {
    requireBuilt();
    reply.headers({
      "content-security-policy": contentSecurityPolicy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-cache",
    });
    return reply.sendFile("watch.html", { cacheControl: false });
  });

  app.get<{ Params: { "*": string } }>("/assets/*", { schema: { hide: true } }, async (request, reply) => {
    requireBuilt();
    reply.header("x-content-type-options", "nosniff");
    // Their names carry a hash of their content.
    return reply.sendFile(request.params["*"], join(webRoot, "assets"), { maxAge: yearMs, immutable: true });
  });

  // The same file for everybody, so every site may load it; whose pages may then join is CORS_ORIGINS.
  app.get("/airclass-player.js", { schema: { hide: true } }, async (_request, reply) => {
    requireBuilt();
    reply.headers({ "access-control-allow-origin": "*", "x-content-type-options": "nosniff", "cache-control": "no-cache" });
    return reply.sendFile("airclass-player.js", { cacheControl: false });
  });
}
