// Who watches a class: asks the slaves that carry its stream, all at once, and puts their answers together. Kept for a second,
// however many ask. Does not know who may know it.
import { Compile } from "typebox/compile";
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import { inParallel } from "../../shared/kernel/in-parallel.ts";
import { maxListedViewers, SlaveViewers } from "../../shared/protocol/class-viewers.ts";
import type { NodeInfo } from "../registry/registered-node.ts";
import type { StreamDirectory } from "../streams/stream-directory.ts";
import type { SessionDirectory } from "../tokens/session-directory.ts";
import type { AskableNodes, AskSlave } from "./slave-question.ts";

export interface AudienceMember {
  readonly jti: string;
  readonly userId: string;
  readonly userType: "student" | "teacher";
  /** End of the token, Unix seconds. */
  readonly exp: number;
  readonly nodeId: string;
  readonly nodeName: string;
  /** Unix ms. */
  readonly sinceMs: number;
}

export interface Audience {
  readonly total: number;
  /** By name; at most `maxListedViewers`. */
  readonly members: readonly AudienceMember[];
  /** Did not answer, or not with what is understood. */
  readonly missingNodes: readonly string[];
}

export interface ClassAudience {
  /** At most a second old. Never rejects. */
  of(path: string): Promise<Audience>;
  /** As it is now. */
  fresh(path: string): Promise<Audience>;
}

export interface ClassAudienceDeps {
  readonly nodes: AskableNodes;
  readonly directory: Pick<StreamDirectory, "allCopiesOf">;
  readonly sessions: Pick<SessionDirectory, "get">;
  readonly ask: AskSlave;
  readonly clock: Clock;
}

const keptForMs = 1_000;
const maxKept = 1_000;
const atOnce = 32;
const slaveViewers = Compile(SlaveViewers);
const byName = new Intl.Collator("en", { numeric: true });

export function createClassAudience({ nodes, directory, sessions, ask, clock }: ClassAudienceDeps): ClassAudience {
  const kept = new Map<string, { readonly atMs: number; readonly audience: Promise<Audience> }>();

  /** Those that carry it; before anybody has published, students wait anywhere. */
  function concerned(path: string): NodeInfo[] {
    const present = nodes.list().flatMap(({ info, liveness }) => (liveness === "offline" ? [] : [info]));
    const carriers = directory.allCopiesOf(path);
    return carriers.size === 0 ? present : present.filter(({ nodeId }) => carriers.has(nodeId));
  }

  async function askOne(info: NodeInfo, path: string): Promise<{ nodeId: string; total: number; members: AudienceMember[] | undefined }> {
    const { nodeId, nodeName } = info;
    const text = await ask(info, { ask: "viewers", path });
    const answer = text === undefined ? undefined : parse(text);
    if (!answer || answer.path !== path) return { nodeId, total: 0, members: undefined };
    const nowMs = clock.wallMs();
    const members = answer.viewers.map(({ jti, user_id: userId, user_type: userType, exp, watching_s }) => ({
      jti,
      userId,
      userType,
      exp,
      nodeId,
      nodeName,
      sinceMs: nowMs - watching_s * 1_000,
    }));
    return { nodeId, total: answer.total, members };
  }

  async function fresh(path: string): Promise<Audience> {
    const answers = await inParallel(concerned(path), atOnce, (info) => askOne(info, path));
    const all = answers.flatMap(({ members }) => members ?? []);
    const present = new Set(all.map(({ jti }) => jti));
    // Who has moved is within the window of both nodes for some seconds.
    const gone = (jti: string) => {
      const movedTo = sessions.get(jti, clock.wallMs())?.movedTo;
      return movedTo !== undefined && present.has(movedTo);
    };
    const members = all.filter(({ jti }) => !gone(jti));
    const unlisted = answers.reduce((sum, { total }) => sum + total, 0) - all.length;
    return {
      total: members.length + unlisted,
      members: members.toSorted((a, b) => byName.compare(a.userId, b.userId) || a.sinceMs - b.sinceMs).slice(0, maxListedViewers),
      missingNodes: answers.filter((answer) => answer.members === undefined).map(({ nodeId }) => nodeId),
    };
  }

  return {
    of(path) {
      const nowMs = clock.monotonicMs();
      const known = kept.get(path);
      if (known && nowMs - known.atMs < keptForMs) return known.audience;
      const audience = fresh(path);
      setNewest(kept, path, { atMs: nowMs, audience }, maxKept);
      return audience;
    },
    fresh,
  };
}

function parse(text: string): SlaveViewers | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return slaveViewers.Check(value) ? value : undefined;
  } catch {
    return undefined; // Of another version: as one that does not answer.
  }
}
