// Who gets a token of a class, and who keeps one: what students, teachers and those who were let in before must show. Where
// they are sent is not decided here.
import type { FastifyRequest } from "fastify";
import { senderOf } from "../../shared/net/remote-address.ts";
import { classNameOf } from "../../shared/protocol/names.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import type { TokenClaims } from "../../shared/protocol/viewer-token.ts";
import { createFailureLimit } from "../access/failure-limit.ts";
import { isJoinCode } from "../classes/class-catalog.ts";
import type { ClassRecord } from "../store/store.ts";
import type { ApiContext } from "./api-context.ts";

/** What somebody wants a token for. */
export interface TokenWish {
  /** Of the class. */
  readonly name: string;
  readonly userId: string;
  readonly userType: string;
  readonly action: TokenClaims["action"];
  readonly joinCode: string | undefined;
}

export interface TokenAdmission {
  /**
   * The class, for who may have such a token.
   * @throws Problem admin_required, not_your_class, no_such_class, join_code_required, join_code_wrong, too_many_requests, class_closed,
   * viewer_removed
   */
  toJoin(request: FastifyRequest, wish: TokenWish): ClassRecord;
  /** The class that a token is for, while it may be renewed. @throws Problem no_such_class, class_closed, viewer_removed, token_revoked */
  toRenew(claims: TokenClaims): ClassRecord;
  /**
   * Whether a viewer who wants another node comes before those who were never in. Once his word is enough; who then asks again,
   * with a node that is well, would take each seat that is freed and keep those that he has.
   */
  comesFirst(claims: TokenClaims): boolean;
}

/**
 * Wrong codes of a class: a hundred typing errors from one address at the beginning of a lesson are well, and then one guess
 * a second finds one of 31^6 codes in some 14 years. From many addresses at once there are fewer for each. Per class, so that a
 * guesser cannot keep others out of theirs.
 */
const wrongCodeLimits = {
  perSender: { burst: 100, perSecond: 1 },
  overall: { burst: 1_000, perSecond: 5 },
  underAttack: { burst: 10, perSecond: 1 / 20 },
};

export function createTokenAdmission({
  access,
  classes,
  clock,
  registry,
  revocation: { list, removed },
  sessions,
}: Pick<ApiContext, "access" | "classes" | "clock" | "registry" | "revocation" | "sessions">): TokenAdmission {
  const wrongCodes = createFailureLimit(wrongCodeLimits);

  /**
   * Whether the admin or the class's teacher asks; for everybody else only what students may is left.
   * @throws Problem admin_required, not_your_class
   */
  function mayTeach(request: FastifyRequest, name: string, { userType, action }: Pick<TokenWish, "userType" | "action">): boolean {
    const caller = access.identify(request);
    const isAdmin = caller?.role === "admin";
    const isTeacher = isAdmin || (caller?.role === "teacher" && caller.className === name);
    if (action === "publish" && !isAdmin) throw new Problem(caller ? "not_your_class" : "admin_required");
    if (userType === "teacher" && !isTeacher) throw new Problem(caller ? "not_your_class" : "admin_required");
    return isTeacher;
  }

  function checkJoinCode(request: FastifyRequest, record: ClassRecord, given: string | undefined): void {
    if (record.open) return;
    const sender = senderOf(request.ip);
    if (given === undefined) throw new Problem("join_code_required");
    const retryAfterS = wrongCodes.waitS(sender, clock.monotonicMs(), record.name);
    if (retryAfterS > 0)
      throw new Problem("too_many_requests", "too many wrong join codes for this class from this address", { retryAfterS });
    if (isJoinCode(record, given)) return;
    wrongCodes.failed(sender, clock.monotonicMs(), record.name);
    throw new Problem("join_code_wrong");
  }

  return {
    toJoin(request, { name, joinCode, ...wish }) {
      const isTeacher = mayTeach(request, name, wish);
      const record = classes.get(name);
      if (!record) throw new Problem("no_such_class", `there is no class ${name}`);
      if (!isTeacher) checkJoinCode(request, record, joinCode);
      if (record.closedAtMs !== undefined) throw new Problem("class_closed");
      if (!isTeacher && removed.isRemoved(name, wish.userId)) throw new Problem("viewer_removed");
      return record;
    },
    toRenew(claims) {
      const name = classNameOf(claims.path);
      const record = classes.get(name);
      // A class that was deleted and made anew is another one, with another join code.
      const isFormer = record && (claims.iat < Math.floor(record.createdAtMs / 1000) || list.isOfDeletedClass(claims));
      if (!record || isFormer) throw new Problem("no_such_class");
      if (record.closedAtMs !== undefined) throw new Problem("class_closed");
      if (claims.user_type === "student" && removed.isRemoved(name, claims.user_id)) throw new Problem("viewer_removed");
      // All others of a class that was closed and opened again may go on: they get one that is good again.
      if (list.isTokenRevoked(claims.jti)) throw new Problem("token_revoked");
      return record;
    },
    comesFirst({ jti, node_id: nodeId }) {
      if (!sessions.get(jti, clock.wallMs())?.hasMoved) return true;
      const node = registry.get(nodeId);
      return !node || node.liveness !== "alive" || node.draining || node.unreachable;
    },
  };
}
