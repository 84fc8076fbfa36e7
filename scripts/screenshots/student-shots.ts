// The student page, state by state.
import type { Page } from "playwright-core";
import { joinClass, waitForPlaying } from "../../test/support/browser.ts";
import type { Shot, Stage } from "./shot.ts";

const phone = ["phone"] as const;
const everywhere = ["phone", "desktop"] as const;

const live = (stage: Stage): Promise<unknown> => stage.liveLesson("maths-3b", { title: "Maths 3B" });
const livePath = "/watch/maths-3b";
const awaited = (stage: Stage): Promise<unknown> => stage.lesson("physics-2a", { title: "Physics 2A" });
const awaitedPath = "/watch/physics-2a";

async function watch(page: Page): Promise<void> {
  await joinClass(page, "Kim Minji");
  await waitForPlaying(page);
}

const untilNotice = (page: Page, state: string): Promise<unknown> => page.waitForSelector(`#notice[data-state="${state}"]`);

/** The master's answer to whoever wants to join, for states that a healthy cluster is hard to bring into. */
const refusedBy =
  (state: string, status: number, code: string, more: Record<string, unknown> = {}): Shot["reach"] =>
  async (page) => {
    await page.route("**/api/token", (route) => route.fulfill({ status, json: { code, ...more } }));
    await joinClass(page, "Kim Minji");
    await untilNotice(page, state);
  };

const refused = (state: string, status: number, code: string, more?: Record<string, unknown>): Shot => ({
  page: "student",
  state: state.replaceAll("_", "-"),
  devices: phone,
  before: awaited,
  path: awaitedPath,
  reach: refusedBy(state, status, code, more),
});

const longTitle = "3학년 2반 지구과학 — 판 구조론과 지진파의 전파, 그리고 내진 설계 프로젝트 발표";

const forms: readonly Shot[] = [
  { page: "student", state: "join-by-code", devices: everywhere, path: "/", reach: (page) => page.waitForSelector("#code") },
  {
    page: "student",
    state: "join-by-code-wrong",
    devices: phone,
    path: "/",
    reach: async (page) => {
      await page.fill("#code", "WRONG1");
      await joinClass(page, "Kim Minji");
      await page.waitForSelector("#join-error");
    },
  },
  {
    page: "student",
    state: "join-too-many-tries",
    devices: phone,
    path: "/",
    reach: async (page) => {
      const answer = { status: 429, headers: { "retry-after": "40" }, json: { code: "too_many_requests" } };
      await page.route("**/api/join", (route) => route.fulfill(answer));
      await page.fill("#code", "K7QX2M");
      await joinClass(page, "Kim Minji");
      await page.waitForSelector("#join-error");
    },
  },
  {
    page: "student",
    state: "join",
    devices: everywhere,
    before: awaited,
    path: awaitedPath,
    reach: (page) => page.waitForSelector("#name", { state: "visible" }),
  },
  {
    page: "student",
    state: "join-needs-code",
    devices: phone,
    before: (stage) => stage.lesson("art-1c", { title: "Art 1C", open: false }),
    path: "/watch/art-1c",
    reach: async (page) => {
      await joinClass(page, "Kim Minji");
      await page.waitForSelector("#code");
    },
  },
  {
    page: "student",
    state: "no-such-class",
    devices: phone,
    path: "/watch/nothing-here",
    reach: async (page) => {
      await joinClass(page, "Kim Minji");
      await page.waitForSelector("#join-error", { state: "visible" });
    },
  },
];

const playing: readonly Shot[] = [
  {
    page: "student",
    state: "playing",
    devices: everywhere,
    before: live,
    path: livePath,
    reach: async (page) => {
      await watch(page);
      // The keyboard's focus keeps the controls.
      await page.keyboard.press("Tab");
      await page.waitForTimeout(1_000);
    },
  },
  {
    page: "student",
    state: "playing-landscape",
    devices: phone,
    before: live,
    path: livePath,
    screenOnly: true,
    reach: async (page) => {
      await page.setViewportSize({ width: 844, height: 390 });
      await watch(page);
      await page.keyboard.press("Tab");
      await page.waitForTimeout(1_000);
    },
  },
  {
    page: "student",
    state: "paused-behind",
    devices: everywhere,
    before: live,
    path: livePath,
    reach: async (page) => {
      await watch(page);
      await page.keyboard.press("k");
      await page.waitForSelector("#live.behind");
    },
  },
  {
    page: "student",
    state: "tap-for-sound",
    devices: phone,
    before: live,
    path: livePath,
    reach: async (page) => {
      await page.evaluate(`localStorage.setItem("airclass.name", "Kim Minji")`);
      // As a browser that has never been touched.
      await page.addInitScript(`Object.defineProperty(navigator, "userActivation", { value: { hasBeenActive: false } })`);
      await page.reload();
      await page.waitForSelector("#unmute", { state: "visible" });
    },
  },
  {
    page: "student",
    state: "tap-to-play",
    devices: phone,
    before: live,
    path: livePath,
    reach: async (page) => {
      await page.evaluate(`localStorage.setItem("airclass.name", "Kim Minji")`);
      // As a phone that saves power.
      await page.addInitScript(`HTMLMediaElement.prototype.play = async () => { throw new DOMException("", "NotAllowedError") };
        Object.defineProperty(HTMLMediaElement.prototype, "autoplay", { get: () => false });
        new MutationObserver(() => document.querySelector("video")?.removeAttribute("autoplay")).observe(document, { childList: true, subtree: true })`);
      await page.reload();
      await page.waitForSelector("#big-play", { state: "visible" });
    },
  },
];

const states: readonly Shot[] = [
  {
    page: "student",
    state: "joining",
    devices: phone,
    before: awaited,
    path: awaitedPath,
    reach: async (page) => {
      await page.evaluate(`localStorage.setItem("airclass.name", "Kim Minji")`);
      await page.route("**/api/token", () => undefined);
      await page.reload();
      await untilNotice(page, "joining");
    },
  },
  {
    page: "student",
    state: "waiting-for-teacher",
    devices: everywhere,
    before: awaited,
    path: awaitedPath,
    reach: async (page) => {
      await joinClass(page, "Kim Minji");
      await untilNotice(page, "waiting_for_teacher");
    },
  },
  {
    page: "student",
    state: "long-names",
    devices: everywhere,
    before: (stage) => stage.lesson("long", { title: longTitle }),
    path: "/watch/long",
    reach: async (page) => {
      await joinClass(page, "Johann-Sebastian Maria von Hohenstaufen-Württemberg 남궁");
      await untilNotice(page, "waiting_for_teacher");
    },
  },
  {
    page: "student",
    state: "reconnecting",
    devices: phone,
    before: live,
    path: livePath,
    reach: async (page) => {
      await watch(page);
      await page.route(/\/live\/|\/api\/token/, (route) => route.abort());
      await untilNotice(page, "reconnecting");
    },
  },
  {
    page: "student",
    state: "offline",
    devices: phone,
    before: live,
    path: livePath,
    reach: async (page) => {
      await watch(page);
      await page.context().setOffline(true);
      await untilNotice(page, "offline");
    },
  },
  {
    page: "student",
    state: "class-over",
    devices: phone,
    before: async (stage) => {
      await stage.lesson("history-1a", { title: "History 1A" });
      await stage.admin("PATCH", "/api/classes/history-1a", { closed: true });
    },
    path: "/watch/history-1a",
    reach: async (page) => {
      await joinClass(page, "Kim Minji");
      await untilNotice(page, "over");
    },
  },
  {
    page: "student",
    state: "unsupported-browser",
    devices: phone,
    before: awaited,
    path: awaitedPath,
    reach: async (page) => {
      await page.addInitScript(
        "delete window.MediaSource; delete window.ManagedMediaSource; HTMLMediaElement.prototype.canPlayType = () => ''",
      );
      await page.reload();
      await joinClass(page, "Kim Minji");
      await untilNotice(page, "unsupported_browser");
    },
  },
  refused("full", 503, "no_capacity", { position: 3, ticket: "ticket-of-nobody" }),
  refused("removed", 403, "viewer_removed"),
  refused("no_node", 503, "no_node"),
  refused("too_many_requests", 429, "too_many_requests"),
  refused("unreachable", 502, "master_unreachable"),
  refused("token_refused", 403, "wrong_node"),
];

export const studentShots: readonly Shot[] = [...forms, ...playing, ...states];
