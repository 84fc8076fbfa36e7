// The cluster page, state by state.
import type { Shot } from "./shot.ts";

export const clusterShots: readonly Shot[] = [
  {
    page: "cluster",
    state: "nodes",
    devices: ["desktop"],
    signedIn: "admin",
    before: (stage) => stage.liveLesson("maths-3b", { title: "Maths 3B" }),
    path: "/cluster",
    reach: (page) => page.waitForSelector("text=Library PC"),
  },
];
