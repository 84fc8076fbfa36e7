// What a page makes its browser transfer, counted where it counts: bytes on the wire, headers included.
import type { Page } from "playwright-core";

export interface Transfer {
  readonly url: string;
  readonly bytes: number;
  readonly encoding: string;
  /** When it was asked for, on the browser's wall clock. */
  readonly askedAtMs: number;
}

export interface PageTraffic {
  /** All that was finished so far. */
  readonly transfers: readonly Transfer[];
  /** Bytes from one origin, of what was asked for until then. */
  bytesFrom(origin: string, untilMs?: number): number;
  /** When `usable` was there for the first time, on the browser's wall clock. */
  usableAtMs(): Promise<number>;
  /** What the page's policy has forbidden, one line for each. */
  violations(): Promise<readonly string[]>;
}

/** Runs in the page, before its own scripts. */
const observer = (usable: string): string => `
  globalThis.brokenPolicies = [];
  addEventListener("securitypolicyviolation", (event) => brokenPolicies.push(event.violatedDirective + ": " + event.blockedURI));
  new MutationObserver((_changes, observer) => {
    if (!document.querySelector(${JSON.stringify(usable)})) return;
    observer.disconnect();
    globalThis.usableAtMs = Date.now();
  }).observe(document, { childList: true, subtree: true, attributes: true });
`;

/** Begin before the page is opened. @param usable what the page shows when its visitor can begin */
export async function watchTraffic(page: Page, usable: string): Promise<PageTraffic> {
  const transfers: Transfer[] = [];
  const asked = new Map<string, number>();
  const answers = new Map<string, { url: string; encoding: string }>();
  const session = await page.context().newCDPSession(page);
  session.on("Network.requestWillBeSent", ({ requestId, wallTime }) => asked.set(requestId, wallTime * 1_000));
  session.on("Network.responseReceived", ({ requestId, response }) => {
    const encoding = Object.entries(response.headers).find(([name]) => name.toLowerCase() === "content-encoding")?.[1] ?? "";
    answers.set(requestId, { url: response.url, encoding });
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength: bytes }) => {
    const answer = answers.get(requestId);
    if (answer === undefined || !/^https?:/.test(answer.url)) return;
    transfers.push({ ...answer, bytes, askedAtMs: asked.get(requestId) ?? 0 });
  });
  await session.send("Network.enable");
  await page.addInitScript({ content: observer(usable) });
  return {
    transfers,
    bytesFrom: (origin, untilMs = Infinity) =>
      transfers
        .filter(({ url, askedAtMs }) => new URL(url).origin === origin && askedAtMs <= untilMs)
        .reduce((sum, { bytes }) => sum + bytes, 0),
    async usableAtMs() {
      await page.waitForFunction(() => Reflect.get(globalThis, "usableAtMs") !== undefined);
      return page.evaluate(() => Reflect.get(globalThis, "usableAtMs") as number);
    },
    violations: () => page.evaluate(() => Reflect.get(globalThis, "brokenPolicies") as string[]),
  };
}
