// How soon a slave with MediaMTX knows a publisher: that there is one, and its picture.
import { setTimeout as sleep } from "node:timers/promises";
import type { ClassWithKey } from "../../../src/shared/protocol/classes.ts";
import { eventually } from "../../support/eventually.ts";
import { benchAdminToken } from "./bench-cluster.ts";
import type { BenchCluster } from "./bench-cluster.ts";
import { startFirstByteTap, startFirstDatagramTap } from "./first-byte-tap.ts";
import { askHook, stranger } from "./hook-question.ts";

/** Handshakes of all three protocols are shorter, the lesson's first frame is longer. */
const firstFrameByte = 8_192;
const pollMs = 5;

export interface PublisherNotice {
  /** Ms from its first frame until nobody else may publish there; 0 when that was before. */
  readonly namedMs: number;
  /** Until the slave lists the stream and its codec: the first picture has come. */
  readonly pictureMs: number;
}

/** Publishes a class by a protocol, until the slave knows it. @param toPort of the protocol */
export async function timeNotice(
  cluster: BenchCluster,
  { name, stream_key: key }: ClassWithKey,
  protocol: "rtmp" | "srt" | "rtsp",
  toPort: number,
  { slaveUrl, hookPort }: { readonly slaveUrl: string; readonly hookPort: number },
): Promise<PublisherNotice> {
  // Somebody else with the right key is let in, or not any more. Without a session's id it is only a question.
  const question = { ...stranger, action: "publish", protocol: "rtsp", path: `live/${name}`, query: `key=${key}` };
  const mayPublish = async (): Promise<boolean> => (await askHook(hookPort, question)).status === 204;
  await eventually("the slave knows the class", mayPublish);
  const tap = await (protocol === "srt" ? startFirstDatagramTap : startFirstByteTap)(toPort, firstFrameByte);
  const server = `127.0.0.1:${tap.port}`;
  const output = {
    rtmp: ["-f", "flv", `rtmp://${server}/live/${name}?key=${key}`],
    srt: ["-f", "mpegts", `srt://${server}?pkt_size=1316&streamid=publish:live/${name}:key=${key}`],
    rtsp: ["-f", "rtsp", "-rtsp_transport", "tcp", `rtsp://teacher:${key}@${server}/live/${name}`],
  };
  const publisher = cluster.publishBy(output[protocol]);
  const sinceMs = (): number => (tap.firstByteMs === undefined ? 0 : performance.now() - tap.firstByteMs);
  try {
    await untilSoon(async () => !(await mayPublish()));
    const namedMs = sinceMs();
    const headers = { authorization: `Bearer ${benchAdminToken}` };
    await untilSoon(async () => {
      const { streams } = (await (await fetch(`${slaveUrl}/api/streams`, { headers })).json()) as StreamsSeen;
      return Boolean(streams.find(({ path }) => path === `live/${name}`)?.publisher?.video);
    });
    return { namedMs, pictureMs: sinceMs() };
  } finally {
    await publisher.stop(2_000);
    tap.stop();
  }
}

interface StreamsSeen {
  readonly streams: readonly { readonly path: string; readonly publisher: { readonly video: unknown } | null }[];
}

/** As `eventually`, looking more often: that is the error of what is timed. */
async function untilSoon(holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error("the slave does not know its publisher within 15 s");
    await sleep(pollMs);
  }
}
