// Serves the built pages and their assets, and the player for other sites' pages. Knows nothing of what they do.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import staticFiles from "@fastify/static";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { HtmlPage, HttpServer } from "../../shared/http/http-server.ts";
import { isClassName } from "../../shared/protocol/names.ts";
import { Problem } from "../../shared/protocol/problems.ts";

/** Scripts and styles only from here; nothing inline, nothing evaluated. */
const policyOf = (directives: Readonly<Record<string, string>>): string =>
  Object.entries({
    "default-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    ...directives,
  })
    .map(([name, sources]) => `${name} ${sources}`)
    .join("; ");

/**
 * Media comes from slaves, whose addresses the page learns later, over http or https; hls.js makes blob: URLs for the
 * video element and its worker.
 */
const playing = {
  "connect-src": "'self' http: https:",
  "media-src": "'self' blob: http: https:",
  "worker-src": "'self' blob:",
  "img-src": "'self' data: blob:",
};

const pages = {
  // A school's own site may show a class within its pages, if it is served from the same origin.
  "watch.html": policyOf({ ...playing, "frame-ancestors": "'self'" }),
  "teach.html": policyOf(playing),
  "cluster.html": policyOf({ "connect-src": "'self'" }),
  "not-found.html": policyOf({}),
} as const;

const yearMs = 365 * 24 * 3_600 * 1_000;

/** Where `npm run build:web` puts the pages: beside the compiled code, or in `dist` of a clone. */
export function defaultWebRoot(): string {
  const isSource = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(isSource ? "../../../dist/web/" : "../../web/", import.meta.url));
}

export async function registerPages(app: HttpServer, { webRoot }: { webRoot: string }): Promise<void> {
  // Only `reply.sendFile`; which files are public is said below. The build has compressed them, for those who can read that.
  await app.register(staticFiles, { root: webRoot, serve: false, preCompressed: true });

  const requireBuilt = (): void => {
    if (!existsSync(join(webRoot, "watch.html"))) throw new Problem("page_not_built", "the pages have not been built: npm run build:web");
  };

  function sendPage(reply: FastifyReply, page: keyof typeof pages): FastifyReply {
    requireBuilt();
    return reply.headers(pageHeaders(page)).sendFile(page, { cacheControl: false });
  }

  const addresses = { "/": "watch.html", "/teach": "teach.html", "/teach/": "teach.html", "/cluster": "cluster.html" } as const;
  for (const [address, page] of Object.entries({ ...addresses, "/cluster/": "cluster.html" } as const))
    app.get(address, { schema: { hide: true } }, async (_request, reply) => sendPage(reply, page));

  for (const address of ["/watch/:name", "/watch/:name/"])
    app.get<{ Params: { name: string } }>(address, { schema: { hide: true } }, async (request, reply) =>
      isClassName(request.params.name) ? sendPage(reply, "watch.html") : reply.callNotFound(),
    );
  // Somebody has typed the first half of the address.
  for (const address of ["/watch", "/watch/"]) app.get(address, { schema: { hide: true } }, async (_request, reply) => reply.redirect("/"));

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

  // The second one browsers look for where no page of ours names the first, such as at an answer of the API.
  for (const address of ["/icon.svg", "/favicon.ico"])
    app.get(address, { schema: { hide: true } }, async (_request, reply) => {
      requireBuilt();
      reply.headers({ "x-content-type-options": "nosniff", "cache-control": "max-age=86400" });
      return reply.sendFile("icon.svg", { cacheControl: false });
    });
}

/**
 * The answer to a browser that looks for a page where there is none: words, no JSON.
 * @returns undefined for who asks for something else than a page, and where the pages have not been built
 */
export async function notFoundPage(
  { webRoot }: { webRoot: string },
  request: Pick<FastifyRequest, "method" | "headers">,
): Promise<HtmlPage | undefined> {
  // Only browsers that go somewhere name HTML; scripts' fetch, curl and players ask for anything.
  if (request.method !== "GET" || !/\btext\/html\b/.test(request.headers.accept ?? "")) return undefined;
  const path = join(webRoot, "not-found.html");
  if (!existsSync(path)) return undefined;
  return { html: await readFile(path, "utf8"), headers: pageHeaders("not-found.html") };
}

function pageHeaders(page: keyof typeof pages): Record<string, string> {
  return {
    "content-security-policy": pages[page],
    "content-type": "text/html; charset=utf-8",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    // Nothing of a page of ours needs them.
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cache-control": "no-cache",
  };
}
