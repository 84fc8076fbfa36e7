// Whose word counts for where a request comes from and what it is called: TRUSTED_PROXIES, and nobody's by default. Everybody else's
// X-Forwarded-For is a student's who would like to be somebody else.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import proxyAddr from "@fastify/proxy-addr";
import { UserError } from "../kernel/user-error.ts";
import { plainAddress } from "./remote-address.ts";

export interface TrustedProxies {
  /** Whether the headers of this peer are believed. */
  trusts(address: string | undefined): boolean;
  /** Where a request comes from: its connection's other end, or what trusted proxies say. An IP address; empty when the connection is gone. */
  clientOf(request: IncomingMessage): string;
  /** What a request is called in log lines and problem documents: as a trusted proxy says (X-Request-Id), else a new name. */
  requestIdOf(request: IncomingMessage): string;
}

/** What may stand in a URN and in a log line. */
const requestIdPattern = /^[A-Za-z0-9._:-]{1,64}$/;

type Forwarded = Pick<IncomingMessage, "headers">;

/** @param proxies addresses, networks, and the names that proxy-addr knows. @throws UserError (exit code 2) */
export function createTrustedProxies(proxies: readonly string[] = []): TrustedProxies {
  const trust = proxies.length === 0 ? () => false : compile(proxies);
  const trusts = (address: string | undefined): boolean => address !== undefined && trust(address, 0);
  return {
    trusts,
    clientOf(request) {
      const { remoteAddress } = request.socket;
      if (remoteAddress === undefined) return "";
      if (!trusts(remoteAddress)) return plainAddress(remoteAddress);
      keepAddresses(request);
      return plainAddress(proxyAddr(request, trust));
    },
    requestIdOf({ headers, socket }) {
      const given = headers["x-request-id"];
      return typeof given === "string" && requestIdPattern.test(given) && trusts(socket.remoteAddress) ? given : randomUUID();
    },
  };
}

function compile(proxies: readonly string[]): (address: string, hop: number) => boolean {
  try {
    return proxyAddr.compile([...proxies]);
  } catch (cause) {
    throw new UserError(
      `TRUSTED_PROXIES=${proxies.join(",")} is not valid: ${(cause as Error).message}. It must be IP addresses, networks like 172.20.0.0/16, loopback, linklocal or uniquelocal.`,
      { exitCode: 2, cause },
    );
  }
}

/**
 * Cuts X-Forwarded-For to the addresses at its end. What comes before something that is no address was written by a
 * stranger and passed on.
 */
export function keepAddresses({ headers }: Forwarded): void {
  const given = headers["x-forwarded-for"];
  if (given === undefined) return;
  const entries = (Array.isArray(given) ? given.join(",") : given).split(",").map((entry) => entry.trim());
  const lastBad = entries.findLastIndex((entry) => isIP(entry) === 0);
  if (lastBad === -1) return;
  if (lastBad === entries.length - 1) delete headers["x-forwarded-for"];
  else headers["x-forwarded-for"] = entries.slice(lastBad + 1).join(", ");
}
