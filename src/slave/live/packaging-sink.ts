// Joins a media engine to the live log: one packager per stream. A failure ends the stream's session, never another's.
import type { Logger } from "../../shared/logging/logger.ts";
import type { EngineSink, SessionStart } from "../engine/engine.ts";
import { createPackager } from "../media/packager.ts";
import type { Packager, PackagerStart } from "../media/packager.ts";
import type { PackagerOptions } from "../media/packager-timing.ts";
import type { LiveStream } from "./live-stream.ts";
import type { LiveStreams } from "./live-streams.ts";

export interface PackagingSinkDeps {
  readonly streams: LiveStreams;
  readonly options: PackagerOptions;
  readonly logger: Pick<Logger, "warn" | "error">;
}

interface Session {
  readonly stream: LiveStream;
  readonly packager: Packager;
}

export function createPackagingSink({ streams, options, logger }: PackagingSinkDeps): EngineSink {
  const sessions = new Map<string, Session>();

  /** Runs a step of a stream's packager; when it fails, the stream waits for the next `started`. */
  function run(path: string, step: (session: Session) => void): void {
    const session = sessions.get(path);
    if (!session) return;
    if (session.stream.state === "closed") {
      sessions.delete(path);
      return;
    }
    try {
      step(session);
    } catch (error) {
      logger.error({ err: error, stream: path }, "the media of a stream could not be packaged; it waits for the publisher to come back");
      sessions.delete(path);
      session.stream.level();
      session.stream.writer.setState("waiting");
    }
  }

  /** The stream to fill as origin of this epoch, and the packager that runs on it. A log filled by somebody else meanwhile is gone on with. */
  function open(path: string, start: SessionStart): void {
    const present = sessions.get(path);
    sessions.delete(path);
    const stream = streams.open(path, start.origin?.epoch);
    if (!stream) {
      logger.warn({ stream: path }, "too many streams: this one is not carried");
      return;
    }
    const epoch = start.origin?.epoch ?? stream.epoch;
    if (epoch < stream.epoch) {
      logger.warn({ stream: path, epoch, newest: stream.epoch }, "the media of an old origin are not carried");
      return;
    }
    if (epoch === stream.epoch && present?.stream === stream) {
      sessions.set(path, present);
      return;
    }
    const from = continueFrom(stream, start.epochWallMs, epoch);
    if (epoch > stream.epoch) stream.promote(epoch);
    sessions.set(path, { stream, packager: createPackager(options, stream.writer, from) });
  }

  return {
    started(path, start) {
      open(path, start);
      run(path, ({ packager }) => packager.started(start));
    },
    init(path, rendition, { bytes, nominalBitrate }) {
      run(path, ({ packager }) => packager.init(rendition, bytes, nominalBitrate));
    },
    fragment(path, rendition, { bytes }) {
      run(path, ({ packager }) => packager.fragment(rendition, bytes));
    },
    ended(path) {
      run(path, ({ packager }) => packager.ended());
      // Who comes next goes on where the log ends by then, whoever has filled it meanwhile.
      sessions.delete(path);
    },
  };
}

/** 2025-01-01: numbers are counted from here to keep URIs short. */
const numbersBeginMs = 1_735_689_600_000;

/**
 * What an origin without the log of the one before leaves out. That one may have been at `seconds` of now, while a gateway
 * replays from a keyframe that came up to a minute ago: with the same numbers, the same URLs would name other media.
 */
const numbersPerEpoch = 64;
/** It may have begun some discontinuities too: a player takes media of the same one to be on the same timeline. */
const discontinuitiesPerEpoch = 8;
/** Bounds of what epochs add: see above for what hls.js does with discontinuities. */
const maxEpochs = { numbers: 1e6, discontinuities: 1_000 };

/**
 * A stream goes on where its log ends. One without a log (a new one, or one whose slave was restarted) begins at the
 * seconds since 2025, and some more for each origin before: a segment lasts about a second or longer, so the numbers of an
 * earlier life are all below, and a player that has lived through it sees the same URLs name the same media, for MSNs
 * never go back (RFC 8216bis §6.2.2). One in place of a log that was given up begins above what that one showed.
 */
function continueFrom(stream: LiveStream, epochWallMs: number, epoch: number): PackagerStart {
  const newest = stream.level();
  if (newest) return { firstMsn: newest.msn + 1, discontinuitySequence: newest.discontinuitySequence, continues: true };
  const seconds = Math.max(0, Math.floor((epochWallMs - numbersBeginMs) / 1_000));
  // hls.js keeps an array with a place for every discontinuity from 0 on, and walks through it at every reload.
  const hours = Math.floor(seconds / 3_600);
  const originsBefore = epoch - 1;
  return {
    firstMsn: Math.max(seconds + Math.min(originsBefore, maxEpochs.numbers) * numbersPerEpoch, stream.minMsn),
    discontinuitySequence: hours + Math.min(originsBefore, maxEpochs.discontinuities) * discontinuitiesPerEpoch,
    continues: stream.minMsn > 0,
  };
}
