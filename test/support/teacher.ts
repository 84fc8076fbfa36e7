// A teacher who keeps at it, as OBS does: ffmpeg with a small picture, started again whenever its connection ends. Small,
// so that several of them and a cluster fit on two cores.
import { setTimeout as sleep } from "node:timers/promises";
import { startPublisher } from "./publisher.ts";
import type { Publisher } from "./publisher.ts";

export interface Teacher {
  /** Connections so far: 1 as long as nothing was noticed. */
  readonly connections: number;
  /** What ffmpeg complained of when it ended by itself, oldest first. */
  readonly complaints: readonly string[];
  /** Of the running ffmpeg. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

const words = (text: string): string[] => text.split(" ");
/** 320 x 180 at 15 frames/s, a keyframe each second: about 3 % of a core. */
const smallPicture: readonly string[] = [
  ...words("-re -f lavfi -i testsrc2=size=320x180:rate=15 -re -f lavfi -i sine=frequency=440:sample_rate=48000"),
  ...words("-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -b:v 200k -g 15 -c:a aac -b:a 48k"),
];
const againAfterMs = 500;

export function startTeacher(url: string, picture: readonly string[] = smallPicture): Teacher {
  const stopping = new AbortController();
  const complaints: string[] = [];
  let connections = 0;
  let current: Publisher | undefined;

  async function teach(): Promise<void> {
    while (!stopping.signal.aborted) {
      connections += 1;
      current = startPublisher(url, picture);
      const { stderr } = await current.exited;
      if (stopping.signal.aborted) return;
      complaints.push(stderr.slice(-500));
      await sleep(againAfterMs);
    }
  }
  const done = teach();

  return {
    get connections() {
      return connections;
    },
    complaints,
    get pid() {
      return current?.pid;
    },
    async stop() {
      stopping.abort();
      await current?.stop();
      await done;
    },
  };
}
