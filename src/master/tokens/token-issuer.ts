// Turns "this person wants that stream" into a token for one node: chooses and holds the place, signs, remembers.
// Whether the person may is decided before (api); what the answer says beside the token, too.
import type { Clock } from "../../shared/kernel/clock.ts";
import { randomId } from "../../shared/tokens/random-secrets.ts";
import { signToken } from "../../shared/tokens/viewer-token.ts";
import type { TokenClaims } from "../../shared/protocol/viewer-token.ts";
import type { SeatChoice, SeatRequest } from "../routing/policy.ts";
import type { KeyRing } from "./key-ring.ts";
import type { SessionDirectory } from "./session-directory.ts";

/** What the issuer needs of the router. */
export interface Placement {
  place(id: string, request: SeatRequest): SeatChoice;
  keep(id: string, nodeId: string, request: SeatRequest): boolean;
  preview(request: SeatRequest): SeatChoice;
  release(nodeId: string, id: string): void;
}

interface TokenOrder extends SeatRequest {
  readonly userId: string;
  readonly userType: "student" | "teacher";
  readonly action: "read" | "publish";
}

/** For a viewer who had none; instead of one for the same node; instead of one for another node. */
export type TokenOccasion = "new" | "renewed" | "moved";

export type Issued =
  | { readonly kind: "issued"; readonly occasion: TokenOccasion; readonly token: string; readonly claims: TokenClaims }
  | Exclude<SeatChoice, { kind: "chosen" }>;

export interface TokenIssuer {
  issue(order: TokenOrder): Issued;
  /**
   * The same viewer on the same node while that takes viewers and is not excluded (then the same jti: it stays one viewer),
   * else as a new one elsewhere.
   */
  renew(claims: TokenClaims, request: SeatRequest): Issued;
}

export function createTokenIssuer(
  config: { readonly tokenTtlS: number },
  deps: {
    readonly keys: KeyRing;
    readonly placement: Placement;
    readonly sessions: SessionDirectory;
    /** Past the second up to which tokens of a stream are revoked. */
    readonly revocations: { issueTimeS(path: string): number };
    readonly clock: Clock;
  },
): TokenIssuer {
  const { keys, placement, sessions, revocations, clock } = deps;

  function sign(occasion: TokenOccasion, jti: string, nodeId: string, { userId, userType, action, path }: TokenOrder): Issued {
    const iat = revocations.issueTimeS(path);
    const exp = Math.floor(clock.wallMs() / 1000) + config.tokenTtlS;
    const claims: TokenClaims = { user_type: userType, user_id: userId, action, path, node_id: nodeId, iat, exp, jti };
    const token = signToken(keys.current, claims);
    sessions.put({ jti, userId, userType, action, path, nodeId, issuedAtS: iat, expiresAtS: exp });
    return { kind: "issued", occasion, token, claims };
  }

  function issue(order: TokenOrder, occasion: TokenOccasion = "new"): Issued {
    const jti = randomId();
    // A publisher takes no viewer's seat.
    const choice = order.action === "publish" ? placement.preview(order) : placement.place(jti, order);
    return choice.kind === "chosen" ? sign(occasion, jti, choice.seats.nodeId, order) : choice;
  }

  return {
    issue: (order) => issue(order),
    renew(claims, request) {
      const order: TokenOrder = { ...request, userId: claims.user_id, userType: claims.user_type, action: claims.action };
      if (placement.keep(claims.jti, claims.node_id, request)) return sign("renewed", claims.jti, claims.node_id, order);
      const issued = issue(order, "moved");
      if (issued.kind !== "issued") return issued;
      // The place that was held for the old token is free: nobody will come there with it.
      placement.release(claims.node_id, claims.jti);
      sessions.moved(claims.jti, issued.claims.jti);
      return issued;
    },
  };
}
