// The student page, state by state.
import type { Page } from "playwright-core";
import { joinClass, waitForPlaying } from "../../test/support/browser.ts";
import { liveShots } from "./live-shots.ts";
import type { Shot, Stage } from "./shot.ts";

const phone = ["phone"] as const;
const everywhere = ["phone", "desktop"] as const;

/** Where a student is: an address, and what the cluster needs for it. */
type Scene = Pick<Shot, "path" | "before">;
const classOf = (name: string, options: { title?: string; open?: boolean }): Scene => ({
  before: (stage) => stage.lesson(name, options),
  path: `/watch/${name}`,
});
const byCode: Scene = { path: "/" };
const awaited = classOf("physics-2a", { title: "Physics 2A" });
const live: Scene = { before: (stage) => stage.liveLesson("maths-3b", { title: "Maths 3B" }), path: "/watch/maths-3b" };

/** Seen on a phone, unless `more` says otherwise. */
const student = (state: string, scene: Scene, reach: (page: Page, stage: Stage) => Promise<unknown>, more: Partial<Shot> = {}): Shot => ({
  page: "student",
  state,
  devices: phone,
  ...scene,
  reach,
  ...more,
});
const onAll = { devices: everywhere } as const;

const join = (page: Page): Promise<void> => joinClass(page, "Kim Minji");

async function watch(page: Page): Promise<void> {
  await join(page);
  await waitForPlaying(page);
}

/** The keyboard's focus keeps the controls. */
async function watchWithControls(page: Page): Promise<void> {
  await watch(page);
  await page.keyboard.press("Tab");
  await page.waitForTimeout(1_000);
}

/** Somebody whom this device knows opens the page. */
async function comeBack(page: Page): Promise<void> {
  await page.evaluate(`localStorage.setItem("airclass.name", "Kim Minji")`);
  await page.reload();
}

const untilNotice = (page: Page, state: string): Promise<unknown> => page.waitForSelector(`#notice[data-state="${state}"]`);
const untilProblem = (page: Page): Promise<unknown> => page.waitForSelector("#join-error", { state: "visible" });

/** Joins, and sees this notice. */
const joinUntil =
  (state: string): Shot["reach"] =>
  async (page) => {
    await join(page);
    await untilNotice(page, state);
  };

/** The master's answer to whoever wants to join, for states that a healthy cluster is hard to bring into. */
const refused = (state: string, status: number, code: string, more: Record<string, unknown> = {}): Shot =>
  student(state.replaceAll("_", "-"), awaited, async (page, stage) => {
    await page.route("**/api/token", (route) => route.fulfill({ status, json: { code, ...more } }));
    await joinUntil(state)(page, stage);
  });

const longTitle = "3학년 2반 지구과학 — 판 구조론과 지진파의 전파, 그리고 내진 설계 프로젝트 발표";

const forms: readonly Shot[] = [
  student("join-by-code", byCode, (page) => page.waitForSelector("#code"), onAll),
  student("join-by-code-wrong", byCode, async (page) => {
    await page.fill("#code", "WRONG1");
    await join(page);
    await untilProblem(page);
  }),
  student("join-too-many-tries", byCode, async (page) => {
    const answer = { status: 429, headers: { "retry-after": "40" }, json: { code: "too_many_requests" } };
    await page.route("**/api/join", (route) => route.fulfill(answer));
    await page.fill("#code", "K7QX2M");
    await join(page);
    await untilProblem(page);
  }),
  student("join", awaited, (page) => page.waitForSelector("#name", { state: "visible" }), onAll),
  student("join-needs-code", classOf("art-1c", { title: "Art 1C", open: false }), async (page) => {
    await join(page);
    await page.waitForSelector("#code");
  }),
  student("no-such-class", { path: "/watch/nothing-here" }, async (page) => {
    await join(page);
    await untilProblem(page);
  }),
];

const playing: readonly Shot[] = [
  student("playing", live, watchWithControls, onAll),
  student(
    "playing-landscape",
    live,
    async (page) => {
      await page.setViewportSize({ width: 844, height: 390 });
      await watchWithControls(page);
    },
    { screenOnly: true },
  ),
  student(
    "paused-behind",
    live,
    async (page) => {
      await watch(page);
      await page.keyboard.press("k");
      await page.waitForSelector("#live.behind");
    },
    onAll,
  ),
  student("tap-for-sound", live, async (page) => {
    // As a browser that has never been touched.
    await page.addInitScript(`Object.defineProperty(navigator, "userActivation", { value: { hasBeenActive: false } })`);
    await comeBack(page);
    await page.waitForSelector("#unmute", { state: "visible" });
  }),
  student("tap-to-play", live, async (page) => {
    // As a phone that saves power.
    await page.addInitScript(`HTMLMediaElement.prototype.play = async () => { throw new DOMException("", "NotAllowedError") };
        Object.defineProperty(HTMLMediaElement.prototype, "autoplay", { get: () => false });
        new MutationObserver(() => document.querySelector("video")?.removeAttribute("autoplay")).observe(document, { childList: true, subtree: true })`);
    await comeBack(page);
    await page.waitForSelector("#big-play", { state: "visible" });
  }),
];

const states: readonly Shot[] = [
  student("joining", awaited, async (page) => {
    await page.route("**/api/token", () => undefined);
    await comeBack(page);
    await untilNotice(page, "joining");
  }),
  student("waiting-for-teacher", awaited, joinUntil("waiting_for_teacher"), onAll),
  student(
    "long-names",
    classOf("long", { title: longTitle }),
    async (page) => {
      await joinClass(page, "Johann-Sebastian Maria von Hohenstaufen-Württemberg 남궁");
      await untilNotice(page, "waiting_for_teacher");
    },
    onAll,
  ),
  student("reconnecting", live, async (page) => {
    await watch(page);
    await page.route(/\/live\/|\/api\/token/, (route) => route.abort());
    await untilNotice(page, "reconnecting");
  }),
  student("offline", live, async (page) => {
    await watch(page);
    await page.context().setOffline(true);
    await untilNotice(page, "offline");
  }),
  student("class-over", { path: "/watch/history-1a" }, joinUntil("over"), {
    before: async (stage) => {
      await stage.lesson("history-1a", { title: "History 1A" });
      await stage.admin("PATCH", "/api/classes/history-1a", { closed: true });
    },
  }),
  student("unsupported-browser", awaited, async (page, stage) => {
    await page.addInitScript(
      "delete window.MediaSource; delete window.ManagedMediaSource; HTMLMediaElement.prototype.canPlayType = () => ''",
    );
    await page.reload();
    await joinUntil("unsupported_browser")(page, stage);
  }),
  refused("full", 503, "no_capacity", { position: 3, ticket: "ticket-of-nobody" }),
  refused("removed", 403, "viewer_removed"),
  refused("no_node", 503, "no_node"),
  refused("too_many_requests", 429, "too_many_requests"),
  refused("unreachable", 502, "master_unreachable"),
  refused("token_refused", 403, "wrong_node"),
];

export const studentShots: readonly Shot[] = [...forms, ...playing, ...states, ...liveShots];
