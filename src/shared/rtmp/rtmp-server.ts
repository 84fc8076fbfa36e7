// Listens for publishers inside the worker process: sockets, deadlines and bounds. Asks others whether somebody
// may publish, and hands their packets on; knows no streams and no slots.
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type { Clock } from "../kernel/clock.ts";
import { plainAddress } from "../net/remote-address.ts";
import type { PublisherEnd, RtmpLimits, StreamMetadata } from "./link-frame.ts";
import { RtmpProtocol } from "./rtmp-protocol.ts";
import type { StreamTarget } from "./stream-target.ts";

export interface RtmpServerEvents {
  publish(session: number, target: StreamTarget, remoteAddress: string): void;
  /** Somebody was refused, since what was asked for is no stream. */
  misnamed(): void;
  /** `payload` is valid during the call only. */
  media(session: number, type: number, timestampMs: number, payload: Buffer): void;
  metadata(session: number, metadata: StreamMetadata): void;
  /** Once for each session of which `publish` was told. */
  ended(session: number, why: PublisherEnd): void;
  log(level: "error" | "warn" | "debug", message: string, remoteAddress: string): void;
}

export interface RtmpServer {
  /** @returns the port. @throws the error of `listen`. */
  listen(host: string, port: number): Promise<number>;
  allow(session: number): void;
  refuse(session: number, reason: string): void;
  /** Destroys a connection, also one whose peer is gone. */
  close(session: number): void;
  /**
   * Stops reading from publishers, who then get no answer to pings either; it goes on when no reason is left. The time in
   * between counts against no publisher.
   */
  pause(reason: PauseReason): void;
  resume(reason: PauseReason): void;
}

/** What follows cannot keep up, or has stopped running. */
export type PauseReason = "behind" | "unattended";

interface Session {
  readonly id: number;
  readonly socket: Socket;
  readonly remoteAddress: string;
  openedAtMs: number;
  protocol: RtmpProtocol | undefined;
  lastDataAtMs: number;
  asked: boolean;
  publishing: boolean;
  closing: boolean;
}

const sweepIntervalMs = 500;
/** Answers to a publisher are a few hundred bytes; one that lets so much pile up reads nothing. */
const maxUnsentBytes = 64 * 1024;
/** How long a refused peer may take to read why. */
const lingerMs = 1_000;

export function createRtmpServer(limits: RtmpLimits, events: RtmpServerEvents, clock: Clock): RtmpServer {
  const sessions = new Map<number, Session>();
  const byAddress = new Map<string, Set<Session>>();
  let lastId = 0;
  const pauseReasons = new Set<PauseReason>();
  let pausedAtMs = 0;
  const server: Server = createServer({ noDelay: true }, accept);

  function accept(socket: Socket): void {
    const remoteAddress = plainAddress(socket.remoteAddress ?? "");
    socket.on("error", (error: NodeJS.ErrnoException) =>
      events.log("debug", `connection failed: ${error.code ?? error.message}`, remoteAddress),
    );
    const peers = byAddress.get(remoteAddress) ?? new Set<Session>();
    if (
      !makeRoom(peers, peers.size, limits.maxConnectionsPerAddress) ||
      !makeRoom(sessions.values(), sessions.size, limits.maxConnections)
    ) {
      events.log("warn", "too many connections", remoteAddress);
      socket.destroy();
      return;
    }
    lastId += 1;
    const now = clock.monotonicMs();
    const session: Session = {
      id: lastId,
      socket,
      remoteAddress,
      openedAtMs: now,
      protocol: undefined,
      lastDataAtMs: now,
      asked: false,
      publishing: false,
      closing: false,
    };
    sessions.set(session.id, session);
    byAddress.set(remoteAddress, peers.add(session));
    socket.on("data", (bytes: Buffer) => receive(session, bytes));
    socket.on("end", () => drop(session, "connection_lost"));
    socket.on("close", () => drop(session, "connection_lost"));
    if (pauseReasons.size > 0) socket.pause();
  }

  /** Drops the oldest that does not publish when `among` is full, so that idle connections cannot shut a teacher out. */
  function makeRoom(among: Iterable<Session>, count: number, bound: number): boolean {
    if (count < bound) return true;
    for (const session of among) {
      if (session.publishing) continue;
      drop(session, "connection_lost");
      return true;
    }
    return false;
  }

  function receive(session: Session, bytes: Buffer): void {
    session.lastDataAtMs = clock.monotonicMs();
    if (session.closing) return;
    try {
      session.protocol ??= protocolOf(session);
      session.protocol.receive(bytes);
    } catch (error) {
      // Whatever a stranger's bytes make the parser trip over ends this connection and nothing else.
      events.log("debug", `protocol error: ${error instanceof Error ? error.message : String(error)}`, session.remoteAddress);
      drop(session, "connection_lost");
    }
  }

  function protocolOf(session: Session): RtmpProtocol {
    const { id, socket, remoteAddress } = session;
    return new RtmpProtocol({
      send(bytes) {
        if (socket.destroyed || session.closing) return;
        socket.write(bytes);
        if (socket.writableLength > maxUnsentBytes) drop(session, "connection_lost");
      },
      publishRequested(target) {
        session.asked = true;
        events.publish(id, target, remoteAddress);
      },
      misnamed: () => events.misnamed(),
      media: (type, timestampMs, payload) => events.media(id, type, timestampMs, payload),
      metadata: (metadata) => events.metadata(id, metadata),
      unpublished: () => tellEnd(session, "unpublished"),
      finished(why) {
        events.log("debug", `closing: ${why}`, remoteAddress);
        session.closing = true;
        session.publishing = false;
        session.lastDataAtMs = clock.monotonicMs();
        socket.end();
      },
    });
  }

  function tellEnd(session: Session, why: PublisherEnd): void {
    if (!session.asked) return;
    session.asked = false;
    session.publishing = false;
    events.ended(session.id, why);
  }

  function drop(session: Session, why: PublisherEnd): void {
    if (!sessions.delete(session.id)) return;
    const peers = byAddress.get(session.remoteAddress);
    peers?.delete(session);
    if (peers?.size === 0) byAddress.delete(session.remoteAddress);
    session.closing = true;
    session.socket.destroy();
    tellEnd(session, why);
  }

  setInterval(() => {
    const now = clock.monotonicMs();
    for (const session of sessions.values()) {
      if (session.closing) {
        if (now - session.lastDataAtMs > lingerMs) drop(session, "connection_lost");
      } else if (pauseReasons.size > 0) {
        continue;
      } else if (session.publishing) {
        if (now - session.lastDataAtMs > limits.idleTimeoutMs) drop(session, "timed_out");
      } else if (now - session.openedAtMs > limits.publishDeadlineMs) {
        drop(session, "timed_out");
      }
    }
  }, sweepIntervalMs).unref();

  return {
    listen(host, port) {
      return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port, backlog: 1_024 }, () => {
          server.off("error", reject);
          server.on("error", (error) => events.log("error", `the server failed: ${error.message}`, ""));
          const address = server.address();
          resolve(typeof address === "object" && address ? address.port : port);
        });
      });
    },
    allow(id) {
      const session = sessions.get(id);
      if (!session?.protocol || session.closing) return;
      session.publishing = true;
      session.lastDataAtMs = clock.monotonicMs();
      session.protocol.acceptPublish();
    },
    refuse(id, reason) {
      const session = sessions.get(id);
      if (!session) return;
      session.asked = false;
      session.protocol?.refusePublish(reason);
    },
    close(id) {
      const session = sessions.get(id);
      if (!session) return;
      session.asked = false;
      drop(session, "connection_lost");
    },
    pause(reason) {
      if (pauseReasons.size === 0) pausedAtMs = clock.monotonicMs();
      pauseReasons.add(reason);
      for (const { socket } of sessions.values()) socket.pause();
    },
    resume(reason) {
      if (!pauseReasons.delete(reason) || pauseReasons.size > 0) return;
      const now = clock.monotonicMs();
      for (const session of sessions.values()) {
        session.lastDataAtMs = now;
        session.openedAtMs += now - Math.max(pausedAtMs, session.openedAtMs);
        session.socket.resume();
      }
    },
  };
}
