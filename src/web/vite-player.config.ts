// Builds the player for other people's pages: dist/web/airclass-player.js, one ES module that needs nothing else.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import pages, { compressed } from "./vite.config.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  ...(pages.resolve === undefined ? {} : { resolve: pages.resolve }),
  plugins: [compressed()],
  build: {
    outDir: here("../../dist/web"),
    // The pages are built before, into the same folder.
    emptyOutDir: false,
    target: "es2022",
    chunkSizeWarningLimit: 600,
    // One file, so that a page elsewhere needs nothing but its address: what our own pages load later is in it.
    rolldownOptions: { checks: { bundlerTimings: false }, output: { codeSplitting: false } },
    lib: { entry: here("player/class-player.ts"), formats: ["es"], fileName: () => "airclass-player.js" },
  },
});
