// Sends viewers away from a class. A student: the name stays out, and every token of that name that is known ends. Teachers: when
// the right to teach it was taken away from one of them. Knows no HTTP.
import type { Clock } from "../../shared/kernel/clock.ts";
import { streamPathOf } from "../../shared/protocol/names.ts";
import type { RevokedToken } from "../store/revocation-store.ts";
import type { SessionDirectory } from "../tokens/session-directory.ts";
import type { Audience, ClassAudience } from "./class-audience.ts";
import type { Nudge } from "./nudge.ts";
import { nameKey } from "./removed-viewers.ts";
import type { RemovedViewers } from "./removed-viewers.ts";
import type { RevocationList } from "./revocation-list.ts";

export interface ViewerRemoval {
  /** The name of who was sent away; undefined when nobody of the class has this token. Slaves are nudged, not waited for. */
  remove(className: string, jti: string): Promise<string | undefined>;
  /**
   * Ends the viewer tokens of all teachers of a class: which of them had the right that was taken away, they do not say. Who has
   * it still gets another one. Slaves are nudged, not waited for.
   */
  endTeachers(className: string): Promise<void>;
}

export interface ViewerRemovalDeps {
  readonly sessions: Pick<SessionDirectory, "get" | "viewersOf">;
  readonly audience: Pick<ClassAudience, "fresh">;
  readonly revocations: Pick<RevocationList, "revokeTokens">;
  readonly removed: Pick<RemovedViewers, "remove">;
  readonly nudge: Nudge;
  readonly tokenTtlS: number;
  readonly clock: Pick<Clock, "wallMs">;
}

interface Person {
  readonly userId: string;
  readonly userType: "student" | "teacher";
}

interface Known extends RevokedToken {
  readonly nodeId: string;
}

export function createViewerRemoval(deps: ViewerRemovalDeps): ViewerRemoval {
  const { sessions, audience, revocations, removed, nudge, tokenTtlS, clock } = deps;

  /** A token may have been renewed since it was last seen: none that is good now lives for longer than a new one. */
  const lastExp = (exp: number) => Math.max(exp, Math.floor(clock.wallMs() / 1_000) + tokenTtlS);

  function revoke(known: readonly Known[]): void {
    if (known.length === 0) return;
    revocations.revokeTokens(known.map(({ jti, path, exp }) => ({ jti, path, exp: lastExp(exp) })));
    // A token is good at one node only.
    nudge(new Set(known.map(({ nodeId }) => nodeId)));
  }

  function issuedTo(path: string, whom: (one: Person) => boolean): Known[] {
    return sessions
      .viewersOf(path, clock.wallMs())
      .filter(whom)
      .map(({ jti, nodeId, expiresAtS: exp }) => ({ jti, path, nodeId, exp }));
  }

  function watching({ members }: Audience, path: string, whom: (one: Person) => boolean): Known[] {
    return members.filter(whom).map(({ jti, nodeId, exp }) => ({ jti, path, nodeId, exp }));
  }

  /** From here on there is no new token. A teacher's preview is only ended. */
  function keepOut(className: string, { userId, userType }: Person): void {
    if (userType === "student") removed.remove(className, userId);
  }

  return {
    async remove(className, jti) {
      const path = streamPathOf(className);
      const session = sessions.get(jti, clock.wallMs());
      let person: Person | undefined = session?.path === path && session.action === "read" ? session : undefined;
      if (person) {
        // At once, whatever slaves say.
        keepOut(className, person);
        revoke(issuedTo(path, same(person)));
      }
      // After a restart of the master only the slaves know who watches.
      const present = await audience.fresh(path);
      person ??= present.members.find((member) => member.jti === jti);
      if (!person) return undefined;
      keepOut(className, person);
      revoke([...issuedTo(path, same(person)), ...watching(present, path, same(person))]);
      return person.userId;
    },
    async endTeachers(className) {
      const path = streamPathOf(className);
      revoke(issuedTo(path, isTeacher));
      const seen = watching(await audience.fresh(path), path, isTeacher);
      // Of before a restart of the master. Those that it knows are ended, or were given out since to who may.
      revoke(seen.filter(({ jti }) => !sessions.get(jti, clock.wallMs())));
    },
  };
}

/** A student who calls himself as the teacher does is not the teacher. */
const same =
  (one: Person) =>
  (other: Person): boolean =>
    one.userType === other.userType && nameKey(one.userId) === nameKey(other.userId);

const isTeacher = ({ userType }: Person): boolean => userType === "teacher";
