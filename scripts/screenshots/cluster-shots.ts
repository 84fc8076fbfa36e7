// The cluster page, state by state.
import type { Page } from "playwright-core";
import { manyRooms, startDoubles, twelveRooms, visitDoubles, type Doubles } from "./cluster-doubles.ts";
import type { Shot } from "./shot.ts";

const both = ["desktop", "phone"] as const;

/** Of a cluster that only this shot has. @param make brings it into the state; @param reach on the page that shows it */
function ofDoubles(
  state: string,
  make: (doubles: Doubles) => Promise<unknown>,
  reach: (page: Page, doubles: Doubles) => Promise<unknown>,
  more: Partial<Shot> = {},
): Shot {
  let doubles: Doubles | undefined;
  return {
    page: "cluster",
    state,
    devices: both,
    path: "/cluster",
    async before() {
      doubles = await startDoubles();
      await make(doubles);
    },
    async reach(page) {
      if (doubles === undefined) throw new Error("the cluster was not started");
      await visitDoubles(page, doubles);
      await reach(page, doubles);
    },
    async after() {
      await doubles?.stop();
    },
    ...more,
  };
}

const screenOnly = { screenOnly: true } as const;
const rowOf = (name: string): string => `[data-node]:has-text("${name}")`;

async function openDetails(page: Page, name: string): Promise<void> {
  await page.click(`${rowOf(name)} .link-button`);
  await page.waitForSelector("#node-sheet .plot canvas");
}

async function openAdding(page: Page, way: "clone" | "docker" | "same"): Promise<void> {
  await page.click("#add-slave");
  await page.click(`.chip:has(input[name=add-way][value=${way}])`);
  await page.fill("#cluster-secret", "0123456789abcdef0123456789abcdef");
}

export const clusterShots: readonly Shot[] = [
  {
    page: "cluster",
    state: "nodes",
    devices: both,
    signedIn: "admin",
    before: (stage) => stage.liveLesson("maths-3b", { title: "Maths 3B" }),
    path: "/cluster",
    reach: async (page) => {
      await page.waitForSelector("text=Library PC");
      await page.waitForSelector("#plot-students canvas");
    },
  },
  ofDoubles(
    "no-slave",
    async () => {},
    (page) => page.waitForSelector("#first-slave"),
  ),
  ofDoubles("twelve", twelveRooms, (page) => page.waitForSelector('[data-status="offline"]')),
  ofDoubles("details", twelveRooms, (page) => openDetails(page, "Lab 2"), screenOnly),
  ofDoubles("details-draining", twelveRooms, (page) => openDetails(page, "Room 12"), screenOnly),
  ofDoubles(
    "drain-question",
    twelveRooms,
    async (page) => {
      await page.click(`${rowOf("Library PC")} [data-action=drain]`);
      await page.waitForSelector("#drain-confirm");
    },
    screenOnly,
  ),
  ofDoubles("add-clone", twelveRooms, (page) => openAdding(page, "clone"), screenOnly),
  ofDoubles("add-docker", twelveRooms, (page) => openAdding(page, "docker"), screenOnly),
  ofDoubles("add-here", twelveRooms, (page) => openAdding(page, "same"), screenOnly),
  ofDoubles(
    "two-almost-full",
    (doubles) => manyRooms(doubles, 2, (index) => 90 + index),
    (page) => page.waitForSelector("#verdict[data-tone=bad]"),
  ),
  ofDoubles(
    "two-hundred",
    (doubles) => manyRooms(doubles, 200, (index) => (index * 37) % 75),
    (page) => page.waitForSelector('[data-node="pc-200"], .node-card'),
  ),
  ofDoubles(
    "master-away",
    (doubles) => manyRooms(doubles, 4, (index) => index * 12),
    async (page, { cluster }) => {
      await page.waitForSelector("[data-node]");
      await cluster.stopMaster();
      await page.waitForSelector("#lost");
    },
    { ...screenOnly, devices: ["desktop"] },
  ),
];
