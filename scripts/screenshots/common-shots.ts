// What all pages have in common: signing in, and addresses that are none.
import type { Shot } from "./shot.ts";

export const commonShots: readonly Shot[] = [
  {
    page: "sign-in",
    state: "teach",
    devices: ["desktop", "phone"],
    path: "/teach",
    reach: (page) => page.waitForSelector("#sign-in"),
  },
  {
    page: "sign-in",
    state: "wrong-token",
    devices: ["desktop"],
    path: "/cluster",
    reach: async (page) => {
      await page.fill("#token", "not-the-token");
      await page.click("#sign-in-button");
      await page.waitForSelector("#sign-in-error");
    },
  },
  {
    page: "sign-in",
    state: "teacher-at-cluster",
    devices: ["desktop"],
    signedIn: { teacherOf: "maths-3b" },
    before: (stage) => stage.lesson("maths-3b", { title: "Maths 3B" }),
    path: "/cluster",
    reach: (page) => page.waitForSelector("#admin-only"),
  },
  {
    page: "not-found",
    state: "page",
    devices: ["desktop", "phone"],
    path: "/no-such-page",
    reach: (page) => page.waitForSelector("h1"),
  },
];
