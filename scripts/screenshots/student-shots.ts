// The student page, state by state.
import type { Shot } from "./shot.ts";
import { joinClass, waitForPlaying } from "../../test/support/browser.ts";

const devices = ["phone"] as const;

export const studentShots: readonly Shot[] = [
  {
    page: "student",
    state: "join",
    devices: ["phone", "desktop"],
    before: (stage) => stage.lesson("physics-2a", { title: "Physics 2A" }),
    path: "/watch/physics-2a",
    reach: (page) => page.waitForSelector("#name", { state: "visible" }),
  },
  {
    page: "student",
    state: "playing",
    devices: ["phone", "desktop"],
    before: (stage) => stage.liveLesson("maths-3b", { title: "Maths 3B" }),
    path: "/watch/maths-3b",
    reach: async (page) => {
      await joinClass(page, "Kim Minji");
      await waitForPlaying(page);
    },
  },
  {
    page: "student",
    state: "no-such-class",
    devices,
    path: "/watch/nothing-here",
    reach: async (page) => {
      await joinClass(page, "Kim Minji");
      await page.waitForSelector("#join-error", { state: "visible" });
    },
  },
];
