// Seats in turn: the router's places, but for who stands in the line before a full cluster. Choosing the node is the router's
// work, whose turn it is the line's; here the two are one synchronous step.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { SeatChoice, SeatRequest } from "./policy.ts";
import type { Router } from "./router.ts";
import type { WaitingLine } from "./waiting-line.ts";

export interface LinePlacementDeps {
  readonly router: Pick<Router, "place" | "keep" | "preview" | "release" | "freeSeats">;
  readonly line: WaitingLine;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** For `reject`; with `distribute` nobody waits. */
export function createLinePlacement({ router, line, clock }: LinePlacementDeps): Pick<Router, "place" | "keep" | "preview" | "release"> {
  return {
    place(id, request): SeatChoice {
      const { caller } = request;
      const own = router.freeSeats(request);
      // Where no node is there at all, a line would be of no use.
      if (caller === undefined || own === undefined) return router.place(id, request);
      const nowMs = clock.monotonicMs();
      const room = { own, any: router.freeSeats({ path: request.path }) ?? 0 };
      if (line.isTurn(caller, room, nowMs)) {
        const choice = router.place(id, request);
        if (choice.kind === "chosen") line.leave(caller);
        if (choice.kind !== "no_capacity") return choice;
      }
      const place = line.wait(caller, room, nowMs);
      return { kind: "no_capacity", ...(place ? { place } : {}) };
    },
    keep: (id, nodeId, request: SeatRequest) => router.keep(id, nodeId, request),
    preview: (request) => router.preview(request),
    release: (nodeId, id) => router.release(nodeId, id),
  };
}
