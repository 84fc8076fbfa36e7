// Writes one rendition's parts into the segments of its plan: a segment begins with its first part, and one without any is a gap.
// Knows no samples' times.
import { writePart } from "./part-writer.ts";
import type { PartTrack } from "./part-writer.ts";
import type { PlannedSegment } from "./segment-schedule.ts";
import type { RenditionWriter } from "./stream-writer.ts";

export interface SegmentWriter {
  /** Whether parts can be written. */
  readonly isOpen: boolean;
  /** To be called while none is open. */
  open(segment: PlannedSegment): void;
  part(part: { readonly durationUs: number; readonly independent: boolean; readonly tracks: readonly PartTrack[] }): void;
  /** No effect while none is open. */
  close(): void;
}

const usualGapUs = 1_000_000;

export function createSegmentWriter(initId: number, writer: RenditionWriter): SegmentWriter {
  let segment: PlannedSegment | undefined;
  let hasParts = false;
  let sequenceNumber = 0;

  return {
    get isOpen() {
      return segment !== undefined;
    },
    open(planned) {
      segment = planned;
      hasParts = false;
    },
    part({ durationUs, independent, tracks }) {
      if (!segment) return;
      if (!hasParts) {
        const { msn, programDateTimeMs, discontinuity, discontinuitySequence } = segment;
        writer.beginSegment({ msn, initId, programDateTimeMs, discontinuity, discontinuitySequence });
        hasParts = true;
      }
      sequenceNumber += 1;
      writer.appendPart({ durationUs, independent, bytes: writePart(sequenceNumber, tracks) });
    },
    close() {
      if (segment && hasParts) writer.endSegment();
      else if (segment) writeGap(segment, initId, writer);
      segment = undefined;
      hasParts = false;
    },
  };
}

/** A segment that this rendition has nothing of; left out while it has nothing at all, since a playlist may start anywhere. */
export function writeGap(segment: PlannedSegment, initId: number, writer: RenditionWriter): void {
  if (writer.nextMsn === undefined) return;
  const { msn, programDateTimeMs, discontinuity, discontinuitySequence, durationUs } = segment;
  writer.addGap({ msn, initId, programDateTimeMs, discontinuity, discontinuitySequence }, durationUs ?? usualGapUs);
}
