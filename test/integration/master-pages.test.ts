// What the master serves to browsers: pages with their headers, compressed files, words where there is nothing.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { request } from "undici";
import { startMaster } from "./master-harness.ts";

/** A built folder, as small as can be. */
function buildPages(t: TestContext): string {
  const webRoot = mkdtempSync(join(tmpdir(), "airclass-web-"));
  t.after(() => rmSync(webRoot, { recursive: true, force: true }));
  mkdirSync(join(webRoot, "assets"));
  const write = (name: string, text: string): void => {
    writeFileSync(join(webRoot, name), text);
    writeFileSync(join(webRoot, `${name}.br`), brotliCompressSync(text));
    writeFileSync(join(webRoot, `${name}.gz`), gzipSync(text));
  };
  for (const page of ["watch", "teach", "cluster", "not-found"]) write(`${page}.html`, `<!doctype html><title>${page}</title>`);
  write("assets/watch-abc123.js", "export const answer = 42;\n".repeat(100));
  write("airclass-player.js", "export {};\n");
  writeFileSync(join(webRoot, "assets", "tiny-abc123.js"), "export {};\n");
  writeFileSync(join(webRoot, "icon.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>");
  writeFileSync(join(webRoot, "secret.txt"), "not public");
  return webRoot;
}

const asBrowser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

test("before they are built, pages are refused in a sentence", async (t) => {
  const webRoot = mkdtempSync(join(tmpdir(), "airclass-web-"));
  t.after(() => rmSync(webRoot, { recursive: true, force: true }));
  const master = await startMaster(t, {}, { webRoot });
  for (const path of ["/", "/watch/math", "/teach", "/cluster", "/airclass-player.js", "/favicon.ico"]) {
    const answer = await master.call("GET", path, undefined, asBrowser);
    assert.deepEqual([answer.status, answer.body["code"]], [503, "page_not_built"], path);
  }
  assert.equal((await master.call("GET", "/nothing", undefined, asBrowser)).body["code"], "not_found");
});

test("each page is at its address, with and without a slash behind it, and with a strict policy", async (t) => {
  const master = await startMaster(t, {}, { webRoot: buildPages(t) });
  const addresses = {
    watch: ["/", "/watch/no-such-class", "/watch/math/"],
    teach: ["/teach", "/teach/"],
    cluster: ["/cluster", "/cluster/"],
  };
  for (const [page, paths] of Object.entries(addresses))
    for (const path of paths) {
      const answer = await master.call("GET", path);
      assert.deepEqual([answer.status, answer.text], [200, `<!doctype html><title>${page}</title>`], path);
      assert.match(answer.headers.get("content-type") ?? "", /^text\/html; charset=utf-8/);
      assert.equal(answer.headers.get("cache-control"), "no-cache");
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
      assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
      const policy = answer.headers.get("content-security-policy") ?? "";
      for (const part of [/default-src 'self'/, /object-src 'none'/, /base-uri 'none'/, /form-action 'self'/]) assert.match(policy, part);
      assert.doesNotMatch(policy, /unsafe/);
      // What can change something is in no frame of others; the page of administrators talks to nobody else.
      assert.match(policy, page === "watch" ? /frame-ancestors 'self'/ : /frame-ancestors 'none'/);
      if (page === "cluster") assert.match(policy, /connect-src 'self'(?:;|$)/);
    }
  const half = await fetch(`${master.url}/watch`, { redirect: "manual" });
  assert.deepEqual([half.status, half.headers.get("location")], [302, "/"]);
});

test("files come compressed to those who can read it, each with a tag of its own", async (t) => {
  const master = await startMaster(t, {}, { webRoot: buildPages(t) });
  for (const path of ["/", "/teach", "/assets/watch-abc123.js", "/airclass-player.js"]) {
    const tags = new Set<string | null>();
    for (const [accepted, sent] of [
      ["gzip, deflate, br", "br"],
      ["gzip", "gzip"],
      ["identity", null],
    ] as const) {
      const answer = await fetch(master.url + path, { headers: { "accept-encoding": accepted } });
      assert.equal(answer.headers.get("content-encoding"), sent, path);
      assert.match(answer.headers.get("vary") ?? "", /accept-encoding/i, path);
      const tag = answer.headers.get("etag") ?? "";
      tags.add(tag);
      const text = await answer.text();
      assert.match(text, /^<!doctype html>|^export/);
      // fetch() would ask for a new copy.
      const again = await request(master.url + path, { headers: { "accept-encoding": accepted, "if-none-match": tag } });
      assert.deepEqual([again.statusCode, await again.body.text()], [304, ""], path);
    }
    assert.equal(tags.size, 3, path);
  }
  // Too small to be compressed.
  const tiny = await fetch(`${master.url}/assets/tiny-abc123.js`, { headers: { "accept-encoding": "br" } });
  assert.deepEqual([tiny.headers.get("content-encoding"), await tiny.text()], [null, "export {};\n"]);
});

test("assets are kept for ever, the player and the icon are not, and nothing else is public", async (t) => {
  const master = await startMaster(t, {}, { webRoot: buildPages(t) });
  const asset = await master.call("GET", "/assets/watch-abc123.js");
  assert.match(asset.headers.get("cache-control") ?? "", /max-age=31536000, immutable/);
  assert.match(asset.headers.get("content-type") ?? "", /javascript/);
  const player = await master.call("GET", "/airclass-player.js");
  assert.deepEqual([player.headers.get("cache-control"), player.headers.get("access-control-allow-origin")], ["no-cache", "*"]);
  const icon = await master.call("GET", "/favicon.ico");
  assert.deepEqual([icon.status, icon.headers.get("content-type")], [200, "image/svg+xml"]);
  for (const path of [
    "/assets/nope.js",
    "/assets/",
    "/assets/..%2fsecret.txt",
    "/assets/%2e%2e/secret.txt",
    "/secret.txt",
    "/assets/..%5csecret.txt",
    "/watch/..%2fsecret.txt",
  ]) {
    const answer = await master.call("GET", path);
    assert.ok([400, 403, 404].includes(answer.status), `${path}: ${answer.status}`);
    assert.ok(!answer.text.includes("not public"), path);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/, path);
  }
});

test("a person who looks for a page that is not there reads words, a program gets a problem document", async (t) => {
  const master = await startMaster(t, {}, { webRoot: buildPages(t) });
  for (const path of ["/nothing", "/watch/No%20Class", "/teach/math", "/watch/math/more"]) {
    const page = await master.call("GET", path, undefined, asBrowser);
    assert.deepEqual([page.status, page.text], [404, "<!doctype html><title>not-found</title>"], path);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'self'/);
    const document = await master.call("GET", path, undefined, { accept: "*/*" });
    assert.deepEqual([document.status, document.body["code"]], [404, "not_found"], path);
  }
  assert.equal((await master.call("POST", "/nothing", {}, asBrowser)).body["code"], "not_found");
});
