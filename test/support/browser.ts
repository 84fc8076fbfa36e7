// A real browser for end-to-end tests: Chromium without a screen, driven by playwright-core.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";

export interface TestPage {
  readonly page: Page;
  /** Errors of the page itself: uncaught exceptions and console errors, but not the browser's notes on HTTP statuses. */
  readonly errors: readonly string[];
  /** Origins that the page asked for anything, its own first. */
  readonly origins: ReadonlySet<string>;
}

export interface TestBrowser {
  open(url: string): Promise<TestPage>;
  close(): Promise<void>;
}

/** Where scripts/setup looks, too. */
function findChromium(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const inPath = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env["CHROMIUM_PATH"], ...inPath, chromium.executablePath()].find((path) => path !== undefined && existsSync(path));
}

/** Quiet: without these, Chromium looks for its maker's servers at every start. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @throws Error with what to do when there is no Chromium (CHROMIUM_PATH, else in PATH). */
export async function launchChromium(moreFlags: readonly string[] = []): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no Chromium found: apt install chromium, or set CHROMIUM_PATH");
  return chromium.launch({ executablePath, headless: true, args: [...flags, ...moreFlags] });
}

/** @throws Error as launchChromium. */
export async function launchBrowser(): Promise<TestBrowser> {
  const browser = await launchChromium();
  return {
    async open(url) {
      // A context of its own: nothing remembered from another test.
      const context = await browser.newContext({ viewport: { width: 412, height: 800 } });
      const page = await context.newPage();
      const errors: string[] = [];
      const origins = new Set<string>();
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) errors.push(message.text());
      });
      page.on("request", (request) => {
        if (!request.url().startsWith("blob:")) origins.add(new URL(request.url()).origin);
      });
      await page.goto(url);
      return { page, errors, origins };
    },
    close: () => browser.close(),
  };
}

/** What the student page tells about its player; see src/web/player/player.ts. */
export interface WatchStats {
  readonly latencyS: number | undefined;
  readonly stalls: number;
  readonly joinMs: number | undefined;
  readonly decodedFrames: number;
  readonly droppedFrames: number;
  readonly currentTime: number;
  readonly level: number;
  readonly state: string;
  readonly nodeId: string;
  readonly moves: number;
  readonly longestFreezeMs: number;
  readonly stalledMs: number;
}

/** Types a name, and a join code where the class has one, and joins. */
export async function joinClass(page: Page, name: string, joinCode?: string): Promise<void> {
  await page.fill("#name", name);
  await page.click("#join-button");
  if (joinCode === undefined) return;
  await page.waitForSelector("#code", { state: "visible" });
  await page.fill("#code", joinCode);
  await page.click("#join-button");
}

export const watchStats = (page: Page): Promise<WatchStats> =>
  // The page's own global; its type lives in the page's tsconfig.
  page.evaluate(() => ({ ...(Reflect.get(globalThis, "airclass") as WatchStats) }));

/** Resolves when the picture moves: playing, and at least `frames` more decoded than at the call. */
export async function waitForPlaying(page: Page, frames = 10, timeoutMs = 30_000): Promise<WatchStats> {
  const seen = await page.evaluate(() => (Reflect.get(globalThis, "airclass") as WatchStats | undefined)?.decodedFrames ?? 0);
  await page.waitForFunction(
    (least) => {
      const stats = Reflect.get(globalThis, "airclass") as WatchStats | undefined;
      return stats?.state === "playing" && stats.decodedFrames >= least;
    },
    seen + frames,
    { timeout: timeoutMs },
  );
  return watchStats(page);
}

export async function waitForState(page: Page, state: string, timeoutMs = 30_000): Promise<void> {
  await page.waitForFunction((wanted) => (Reflect.get(globalThis, "airclass") as WatchStats | undefined)?.state === wanted, state, {
    timeout: timeoutMs,
  });
}
