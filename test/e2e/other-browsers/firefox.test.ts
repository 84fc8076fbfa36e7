// The student's main way in Firefox: all else about the pages is tried in Chromium. What only Firefox does is here, too: its button over
// pictures, and sound that waits for a touch although the page may play.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startCluster, type Cluster } from "../../support/cluster.ts";
import { enterKey, firefoxMissing, launchFirefox, type Firefox } from "../../support/firefox.ts";

const skip = firefoxMissing() ?? false;
const phone = { width: 412, height: 800 };
const joinCode = "K7QX2M";
const plays = (frames: number): string => `globalThis.airclass?.state === "playing" && airclass.decodedFrames >= ${frames}`;

describe("the student page in Firefox", { skip }, () => {
  let cluster: Cluster;
  let firefox: Firefox;

  before(async () => {
    [cluster, firefox] = await Promise.all([startCluster({ slaves: 2, slave: { RENDITIONS: "source,240p" } }), launchFirefox()]);
    const lesson = await cluster.createClass("physics-2a", { title: "Physics 2A", open: false, join_code: joinCode });
    await cluster.publish(lesson, { whenWatchable: false });
  });
  after(async () => {
    await firefox?.close();
    await cluster?.stop();
  });

  test(
    "from the code to the picture, quality by hand, remembered, sound by a touch, on at another slave",
    { timeout: 120_000 },
    async (t) => {
      const page = await firefox.open(`${cluster.masterUrl}/`, phone);
      await page.click("#code");
      await page.type("k7q x2m");
      await page.click("#name");
      await page.type(`Kim Minji${enterKey}`);
      await page.until("the picture plays", plays(10));
      await page.until("it has sound, since keys were pressed", `!document.querySelector("video").muted`);
      const { latencyS, nodeId } = await page.value<{ latencyS: number; nodeId: string }>("({ ...airclass })");
      t.diagnostic(`Firefox ${firefox.version}: ${latencyS} s behind the camera`);

      // Where Firefox lays a button of its own over pictures: under the mouse it becomes larger, and lies over our controls in so small a one.
      await page.moveTo(206, 200);
      await page.click("#quality");
      await page.until("the menu is open", `document.querySelector(".quality-menu") !== null`);
      await page.click(".quality-menu [value='240p']");
      await page.until("the other quality plays", `document.querySelector("video").videoHeight === 240`);

      await page.reload();
      await page.until("nothing is asked, the picture plays without sound", `${plays(10)} && document.querySelector("video").muted`);
      await page.until("sound is offered", `document.querySelector("#unmute")?.hidden === false`);
      await page.click("#unmute");
      await page.until("there is sound", `!document.querySelector("video").muted && !document.querySelector("video").paused`);

      const before = await page.value<{ nodeId: string; currentTime: number }>("({ ...airclass })");
      await page.value(`(globalThis.seen = new Set(), setInterval(() => seen.add(document.querySelector("#news").textContent), 50))`);
      await cluster.slaves.find((slave) => slave.nodeId === before.nodeId)?.stop();
      await page.until("another slave carries it on", `airclass.nodeId !== ${JSON.stringify(before.nodeId)} && ${plays(10)}`);
      await page.until("the picture goes on", `airclass.currentTime > ${before.currentTime + 4}`);
      const told = await page.value<string[]>("[...seen]");
      assert.deepEqual(
        told.filter((text) => text !== "Live" && !text.startsWith("One moment")),
        [],
        "nobody is told; a busy machine may need a moment",
      );
      assert.ok(["slave-1", "slave-2"].includes(nodeId));
      assert.deepEqual(page.errors, []);
    },
  );
});
