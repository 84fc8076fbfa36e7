// The cluster that pictures are taken of: real nodes, real ffmpeg teachers.
import type { ClassView, ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { startCluster } from "../../test/support/cluster.ts";
import type { Stage } from "./shot.ts";

/** Small and cheap, so that several fit on two cores. */
const picture = ["-re", "-f", "lavfi", "-i", "smptehdbars=size=640x360:rate=15"];
const tone = ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
const video = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-b:v", "400k", "-g", "30"];
export const teacherArgs = [...picture, ...tone, ...video, "-c:a", "aac", "-b:a", "64k"];

export async function startStage(): Promise<Stage & { stop(): Promise<void> }> {
  const names = ["Library PC", "Staff room PC", "Lab 2, by the window"];
  const cluster = await startCluster({
    slaves: 3,
    gateway: true,
    slave: (index) => ({ NODE_NAME: names[index] ?? "", HEARTBEAT_INTERVAL: "1" }),
  });
  const lessons = new Map<string, Promise<ClassWithKey>>();
  const published = new Set<string>();

  function lesson(name: string, options: { title?: string; open?: boolean } = {}): Promise<ClassWithKey> {
    const known = lessons.get(name) ?? cluster.createClass(name, { open: true, ...options });
    lessons.set(name, known);
    return known;
  }

  async function admin<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const init = body === undefined ? { method } : { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const answer = await cluster.fetch(path, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as Body;
  }

  return {
    cluster,
    masterUrl: cluster.masterUrl,
    lesson,
    admin,
    async liveLesson(name, options) {
      let made = await lesson(name, options);
      if ((await admin<ClassView>("GET", `/api/classes/${name}`)).live) return made;
      // Another shot has ended the class, or changed its key.
      if (published.has(name)) {
        made = await admin<ClassWithKey>("POST", `/api/classes/${name}/rotate-key`);
        lessons.set(name, Promise.resolve(made));
      }
      published.add(name);
      await cluster.publish(made, { args: teacherArgs });
      return made;
    },
    stop: () => cluster.stop(),
  };
}
