// Builds the pages into dist/web: plain files, no inline script or style, nothing from other hosts (strict CSP).
import { fileURLToPath } from "node:url";
import { constants } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { compression, defineAlgorithm } from "vite-plugin-compression2";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Compressed once, here, as small as can be: the master has better things to do, and sends the files as they are. */
export const compressed = (): Plugin =>
  compression({
    include: /\.(?:js|css|html|svg)$/,
    threshold: 256,
    algorithms: [
      defineAlgorithm("brotliCompress", { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }),
      defineAlgorithm("gzip", { level: constants.Z_BEST_COMPRESSION }),
    ],
    logLevel: "silent",
  });

export default defineConfig({
  root: here("."),
  // The light build leaves out what our streams do not have: separate audio, subtitles, DRM, ad steering.
  resolve: { alias: [{ find: /^hls\.js$/, replacement: "hls.js/light" }] },
  plugins: [compressed()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: here("../../dist/web"),
    emptyOutDir: true,
    target: "es2022",
    // Colours by light-dark() are written out for the phones that students have.
    cssTarget: ["chrome100", "safari15.4", "firefox100"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      // How long plugins take is nobody's warning.
      checks: { bundlerTimings: false },
      input: Object.fromEntries(["watch", "teach", "cluster", "not-found"].map((page) => [page, here(`${page}.html`)])),
      // The icon keeps its name: the master serves it as /favicon.ico, too.
      output: { assetFileNames: ({ names }) => (names.includes("icon.svg") ? "icon.svg" : "assets/[name]-[hash][extname]") },
    },
  },
});
