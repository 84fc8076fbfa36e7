// Builds the pages into dist/web: plain files, no inline script or style, nothing from other hosts (strict CSP).
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  // The light build leaves out what our streams do not have: separate audio, subtitles, DRM, ad steering.
  resolve: { alias: [{ find: /^hls\.js$/, replacement: "hls.js/light" }] },
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
    rolldownOptions: { input: { watch: here("watch.html"), teach: here("teach.html"), cluster: here("cluster.html") } },
  },
});
