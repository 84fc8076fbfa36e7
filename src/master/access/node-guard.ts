// Lets in nodes, by a credential made with CLUSTER_SECRET for one request. Knows nothing of people.
import type { FastifyReply, FastifyRequest } from "fastify";
import type { KeyObject } from "node:crypto";
import type { Clock } from "../../shared/kernel/clock.ts";
import { bearerToken } from "../../shared/http/bearer-token.ts";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import { answerHeader, createCredentialVerifier, credentialLifetimeS, signAnswer } from "../../shared/tokens/node-credential.ts";
import type { NodeStore } from "../store/store.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Id of the node credential that came with it and was found good; the answer is signed for it. */
    credentialId: string | undefined;
  }
}

export interface NodeGuard {
  /** Makes every route of `scope` one for nodes: no credential, no service; answers are signed. */
  guardNodes(scope: HttpServer): void;
}

export interface NodeGuardDeps {
  readonly credentialKey: KeyObject;
  readonly nodes: Pick<NodeStore, "useCredential">;
  readonly clock: Clock;
}

export function createNodeGuard({ credentialKey, nodes, clock }: NodeGuardDeps): NodeGuard {
  const verifier = createCredentialVerifier(credentialKey);

  /** Before the body is read: who does not know CLUSTER_SECRET may not make us hold and parse two megabytes. */
  async function requireCredential(request: FastifyRequest): Promise<void> {
    const credential = bearerToken(request.headers.authorization);
    if (credential === undefined || credential.length > 2_048) throw new Problem("credential_invalid", "a node credential is needed");
    const refusal = verifier.refusalUnread(credential, clock.wallMs());
    if (refusal) throw new Problem(refusal.code, refusal.detail);
  }

  /** After the body was read, because the credential is bound to it; before it is validated. */
  async function checkCredential(request: FastifyRequest): Promise<void> {
    const claimedNodeId = claimedNode(request);
    if (claimedNodeId === undefined) return; // Not a valid body: its validation refuses it next.
    const nowMs = clock.wallMs();
    const path = request.url.split("?")[0] ?? "";
    const binding = { claimedNodeId, method: request.method, path, body: request.rawBody };
    const verdict = verifier.verify(bearerToken(request.headers.authorization) ?? "", binding, nowMs);
    if (!verdict.ok) throw new Problem(verdict.code, verdict.detail);
    // Heartbeats have their counter; what changes who is in the cluster must not be repeatable after a restart either.
    const changesMembership = request.method === "DELETE" || path.endsWith("/register");
    if (changesMembership && !nodes.useCredential(verdict.id, nowMs + 2 * credentialLifetimeS * 1_000, nowMs)) {
      throw new Problem("credential_replayed", "this credential was used before");
    }
    request.credentialId = verdict.id;
  }

  async function requireChecked(request: FastifyRequest): Promise<void> {
    if (request.credentialId === undefined) throw new Problem("credential_invalid", "the credential was not checked");
  }

  async function sign(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
    if (request.credentialId === undefined) return payload;
    // What the node will read: with 204 nothing, whatever was to be sent.
    const isRead = reply.statusCode !== 204 && (typeof payload === "string" || Buffer.isBuffer(payload));
    const body = isRead ? payload : "";
    reply.header(answerHeader, signAnswer(credentialKey, request.credentialId, body));
    return payload;
  }

  return {
    guardNodes(scope) {
      scope.decorateRequest("credentialId", undefined);
      scope.addHook("onRequest", requireCredential);
      scope.addHook("preValidation", checkCredential);
      scope.addHook("preHandler", requireChecked);
      scope.addHook("onSend", sign);
    },
  };
}

/** The node that a request speaks for: in its URL, or in its body. */
function claimedNode({ params, body }: FastifyRequest): string | undefined {
  const { id } = (params ?? {}) as { id?: unknown };
  if (typeof id === "string") return id;
  const { node_id: nodeId } = (body ?? {}) as { node_id?: unknown };
  return typeof nodeId === "string" ? nodeId : undefined;
}
