// A student's page in a real browser that plays by WebRTC, on a slave of choice.
import type { Page } from "playwright-core";
import { joinClass, waitForPlaying } from "./browser.ts";
import type { TestBrowser, TestPage } from "./browser.ts";

export interface LiveViewerOptions {
  readonly masterUrl: string;
  readonly className: string;
  readonly name: string;
  /** Nodes that the first token shall not be for. */
  readonly avoid?: readonly string[];
  /** Before the page is opened. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** Opens the page of a class and joins; resolves when HLS plays. */
export async function openClass(browser: TestBrowser, options: LiveViewerOptions): Promise<TestPage> {
  const opened = await browser.open("about:blank");
  const { page } = opened;
  if (options.avoid)
    await page.route("**/api/token", (route) => {
      const body = route.request().postDataJSON() as Record<string, unknown>;
      return route.continue({ postData: JSON.stringify({ exclude: options.avoid, ...body }) });
    });
  await options.prepare?.(page);
  await page.goto(`${options.masterUrl}/watch/${options.className}`);
  await joinClass(page, options.name);
  await waitForPlaying(page);
  return opened;
}

/** The same, and chooses the picture by WebRTC as a student does. */
export async function chooseLive(browser: TestBrowser, options: LiveViewerOptions): Promise<TestPage> {
  const opened = await openClass(browser, options);
  const { page } = opened;
  await page.mouse.move(200, 200);
  await page.click("#quality");
  await page.click(".quality-menu label:has([value=webrtc]) .choice");
  await page.waitForSelector(".quality-menu", { state: "detached" });
  return opened;
}

/** Resolves when WebRTC plays. */
export async function untilLive(page: Page, timeoutMs = 30_000): Promise<void> {
  await page.waitForFunction(hasStream, undefined, { timeout: timeoutMs });
  await waitForPlaying(page, 10, timeoutMs);
}

export const isLive = (page: Page): Promise<boolean> => page.evaluate(hasStream);

/** Runs in the page, whose types are not here. */
function hasStream(): boolean {
  const { querySelector } = Reflect.get(globalThis, "document") as { querySelector: (what: string) => { srcObject: unknown } | null };
  return querySelector.call(Reflect.get(globalThis, "document"), "video")?.srcObject instanceof Object;
}
