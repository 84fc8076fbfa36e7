// The teacher's page, state by state.
import type { Shot } from "./shot.ts";

export const teacherShots: readonly Shot[] = [
  {
    page: "teacher",
    state: "classes",
    devices: ["desktop", "phone"],
    signedIn: "admin",
    before: (stage) => stage.liveLesson("maths-3b", { title: "Maths 3B" }),
    path: "/teach",
    reach: (page) => page.waitForSelector("text=Maths 3B"),
  },
];
