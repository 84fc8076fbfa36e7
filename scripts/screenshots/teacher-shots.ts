// The teacher's page, state by state.
import type { Page } from "playwright-core";
import { joinClass, waitForPlaying } from "../../test/support/browser.ts";
import type { Shot, Stage } from "./shot.ts";

const devices = ["desktop"] as const;
const both = ["desktop", "phone"] as const;
const address = (name: string) => `/teach?class=${name}`;
const heading = (page: Page) => page.waitForSelector("main h1");

/** Figures and the picture are there, too. */
async function settled(page: Page): Promise<void> {
  await page.waitForSelector("#health .note.good, #health .note strong");
  await page.waitForSelector(".stage-sound");
}

const live = (stage: Stage) => stage.liveLesson("maths-3b", { title: "Maths 3B" });
const quiet = (stage: Stage) => stage.lesson("korean-1", { title: "국어 1반 – 시의 언어", open: false });
const ended = async (stage: Stage): Promise<void> => {
  await stage.lesson("art-2", { title: "Art, second year" });
  await stage.admin("PATCH", "/api/classes/art-2", { closed: true });
};
/** Keyframes as rare as OBS makes them by itself, no sound. */
const rareKeyframes =
  "-re -f lavfi -i smptehdbars=size=640x360:rate=15 -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -b:v 400k -g 125 -keyint_min 125 -sc_threshold 0";
const shared = { page: "teacher", devices, signedIn: "admin" } as const;

export const teacherShots: readonly Shot[] = [
  {
    ...shared,
    state: "no-classes",
    path: "/teach",
    // Other shots have made classes: this browser is told of none.
    reach: async (page) => {
      await page.route("**/api/classes", (route) => route.fulfill({ json: { classes: [] } }));
      await page.reload();
      await page.waitForSelector(".empty");
    },
  },
  {
    ...shared,
    state: "classes",
    devices: both,
    before: (stage) => Promise.all([live(stage), quiet(stage), ended(stage)]),
    path: "/teach",
    reach: (page) => page.waitForSelector(".classes >> text=Maths 3B"),
  },
  {
    ...shared,
    state: "new-class",
    devices: both,
    screenOnly: true,
    path: "/teach",
    reach: async (page) => {
      await page.click("#new-class");
      await page.fill("#class-title", "Physics 2A");
    },
  },
  {
    ...shared,
    state: "new-class-asks-name",
    screenOnly: true,
    path: "/teach",
    reach: async (page) => {
      await page.click("#new-class");
      await page.fill("#class-title", "数学 3班");
      await page.click("#create-button");
      await page.waitForSelector("#class-name-error");
    },
  },
  {
    ...shared,
    state: "not-started",
    devices: both,
    before: quiet,
    path: address("korean-1"),
    reach: heading,
  },
  {
    ...shared,
    state: "new-key",
    before: quiet,
    path: address("korean-1"),
    reach: async (page) => {
      await page.click("#rotate-key");
      await page.click("#confirm");
      await page.waitForSelector("#obs-key");
      await page.waitForSelector(".toast", { state: "detached" });
    },
  },
  {
    ...shared,
    state: "ask-new-key-live",
    screenOnly: true,
    before: live,
    path: address("maths-3b"),
    reach: async (page) => {
      await heading(page);
      await page.click("#obs summary");
      await page.click("#rotate-key");
    },
  },
  {
    ...shared,
    state: "live",
    devices: both,
    before: live,
    path: address("maths-3b"),
    reach: settled,
  },
  {
    ...shared,
    state: "advice",
    devices: both,
    before: async (stage) => {
      // Once for all devices: somebody who publishes stays until the tool ends.
      const lesson = await stage.lesson("physics-2a", { title: "Physics 2A", open: false });
      await stage.cluster.publish(lesson, { args: rareKeyframes.split(" "), whenWatchable: false });
    },
    path: address("physics-2a"),
    reach: (page) => page.waitForSelector("#health >> text=8.3"),
    after: (stage) => stage.admin("PATCH", "/api/classes/physics-2a", { closed: true }),
  },
  {
    ...shared,
    state: "waiting-for-obs",
    before: async (stage) => {
      await stage.liveLesson("history-1", { title: "History 1" });
      await stage.admin("POST", "/api/classes/history-1/rotate-key");
    },
    path: address("history-1"),
    reach: (page) => page.waitForSelector(".view-state >> text=Waiting"),
  },
  {
    page: "teacher",
    state: "live-as-teacher",
    devices,
    signedIn: { teacherOf: "maths-3b" },
    before: live,
    path: "/teach",
    reach: settled,
  },
  {
    ...shared,
    state: "picture-off",
    screenOnly: true,
    before: live,
    path: address("maths-3b"),
    reach: async (page) => {
      await heading(page);
      await page.click("#preview-switch");
    },
  },
  {
    ...shared,
    state: "ask-remove",
    screenOnly: true,
    before: live,
    path: address("maths-3b"),
    reach: async (page, stage) => {
      const student = await page.context().newPage();
      await student.goto(`${stage.masterUrl}/watch/maths-3b`);
      await joinClass(student, "Kim Minji");
      await waitForPlaying(student);
      await page.bringToFront();
      await page.click('[aria-label="Remove Kim Minji"]');
    },
  },
  {
    ...shared,
    state: "wall",
    devices: both,
    screenOnly: true,
    before: quiet,
    path: address("korean-1"),
    reach: async (page) => {
      await page.click("#wall");
      await page.waitForSelector(".wall");
    },
  },
  {
    ...shared,
    state: "teacher-link",
    before: quiet,
    path: address("korean-1"),
    reach: async (page) => {
      await page.click("#make-teacher-link");
      // One is there already when another device has been pictured.
      const replaces = await page.waitForSelector("#teach-link, #confirm");
      if ((await replaces.getAttribute("id")) === "confirm") await replaces.click();
      await page.waitForSelector("#teach-link");
    },
  },
  {
    ...shared,
    state: "over",
    devices: both,
    before: ended,
    path: address("art-2"),
    reach: heading,
  },
  {
    ...shared,
    state: "ask-delete",
    screenOnly: true,
    before: live,
    path: address("maths-3b"),
    reach: async (page) => {
      await page.click("#delete-class");
    },
  },
  {
    ...shared,
    state: "deleted-elsewhere",
    before: (stage) => stage.admin("POST", "/api/classes", { name: "gone", title: "History" }),
    path: address("gone"),
    reach: async (page, stage) => {
      await heading(page);
      await stage.admin("DELETE", "/api/classes/gone");
      await page.waitForSelector("#settings", { state: "detached" });
    },
  },
  {
    ...shared,
    state: "master-away",
    before: quiet,
    path: address("korean-1"),
    reach: async (page, stage) => {
      await heading(page);
      await stage.cluster.stopMaster();
      await page.waitForSelector(".lost .note");
    },
    after: (stage) => stage.cluster.restartMaster(),
  },
];
