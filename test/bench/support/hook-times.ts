// How soon the auth hook answers MediaMTX's questions, of each kind.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClassWithKey } from "../../../src/shared/protocol/classes.ts";
import { deriveClusterKeys } from "../../../src/shared/tokens/cluster-keys.ts";
import { signMediaCredential } from "../../../src/shared/tokens/media-credential.ts";
import { benchClusterSecret } from "./bench-cluster.ts";
import { askHook, stranger } from "./hook-question.ts";
import { lessonName } from "./measured-cluster.ts";

/** The slave forgets somebody whom it let in and MediaMTX does not know after a second. */
const forgottenMs = 2_500;

export interface HookTimes {
  readonly ms: number[];
  readonly statuses: Record<string, number>;
}

/** Real questions, one at a time, as MediaMTX puts them. @param nodeId of the slave. @param count of each kind */
export async function timeHook(
  { port, nodeId, count }: { readonly port: number; readonly nodeId: string; readonly count: number },
  lessons: readonly ClassWithKey[],
): Promise<Record<string, HookTimes>> {
  const path = `live/${lessonName}`;
  const credential = signMediaCredential(
    deriveClusterKeys(benchClusterSecret).media,
    { follower: "another", holder: nodeId, path, epoch: 0 },
    Date.now(),
  );
  const base = { ...stranger, path, id: randomUUID() };
  const publish = { ...base, action: "publish", protocol: "srt" };
  const results: Record<string, HookTimes> = {};

  async function ask(kind: string, question: object): Promise<void> {
    const { status, ms } = await askHook(port, question);
    const result = (results[kind] ??= { ms: [], statuses: {} });
    result.ms.push(ms);
    result.statuses[status] = (result.statuses[status] ?? 0) + 1;
  }

  for (let number = 0; number < count; number += 1) {
    await ask("reading, refused", {
      ...base,
      action: "read",
      protocol: "webrtc",
      path: `rtc/${lessonName}`,
      user: "airclass",
      password: "wrong",
    });
    await ask("reading, another slave", {
      ...base,
      action: "read",
      protocol: "rtsp",
      path: `rtc/${lessonName}`,
      user: "another",
      password: credential,
    });
    await ask("publishing, wrong key", { ...publish, path: `live/class-${(number % lessons.length) + 1}`, query: "key=wrong" });
    const lesson = lessons[number % lessons.length];
    if (lesson && number > 0 && number % lessons.length === 0) await sleep(forgottenMs);
    await ask("publishing, right key", { ...publish, id: randomUUID(), path: lesson?.path, query: `key=${lesson?.stream_key}` });
  }
  return results;
}
