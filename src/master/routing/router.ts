// Gives viewers their node: asks the policy and holds the place in one synchronous step, so that two requests can
// never take the same seat. Does not know tokens, nor how nodes report.
import type { Clock } from "../../shared/kernel/clock.ts";
import { canServe, freeSeats, routingPolicies } from "./policy.ts";
import type { OverloadPolicy, RoutingName, SeatChoice, SeatRequest, Seats } from "./policy.ts";
import { createSeatTable } from "./seat-table.ts";
import type { NodeSeats, ReservationOutcomes } from "./seat-table.ts";

export interface RouterConfig {
  readonly routing: RoutingName;
  readonly overload: OverloadPolicy;
}

export interface Router {
  /** Chooses a node and holds a place there under `id` (the token's jti). */
  place(id: string, request: SeatRequest): SeatChoice;
  /**
   * Holds a place on a node that the viewer has already; false when it takes no viewers now, cannot serve the stream, or is excluded.
   * Never refuses for load: the viewer is counted there.
   */
  keep(id: string, nodeId: string, request: SeatRequest): boolean;
  /** Seats that a request could get; undefined when no node takes it at all. */
  freeSeats(request: SeatRequest): number | undefined;
  /** What `place` would choose, without holding anything. */
  preview(request: SeatRequest): SeatChoice;
  /** A node's report: these viewers are in its own numbers now. */
  claim(nodeId: string, ids: readonly string[]): void;
  /** Gives free what is held under this id at a node: nobody will come there with it. */
  release(nodeId: string, id: string): void;
  put(nodeId: string, numbers: NodeSeats): void;
  remove(nodeId: string): void;
  seatsOf(nodeId: string): Seats | undefined;
  /** Places held now. */
  readonly reservations: number;
  /** What became of the others since the start. */
  readonly reservationOutcomes: ReservationOutcomes;
}

/** @param deps.random uniform in [0, 1), for ties. */
export function createRouter(config: RouterConfig, deps: { clock: Clock; random?: () => number }): Router {
  const { clock, random = Math.random } = deps;
  const table = createSeatTable();
  const policy = routingPolicies[config.routing];
  const rules = { overload: config.overload, random };

  function preview(request: SeatRequest): SeatChoice {
    const now = clock.monotonicMs();
    return policy(table.seats(now), request, now, rules);
  }

  return {
    preview,
    place(id, request) {
      const choice = preview(request);
      if (choice.kind === "chosen") table.reserve(id, choice.seats.nodeId, clock.monotonicMs());
      return choice;
    },
    keep(id, nodeId, request) {
      const now = clock.monotonicMs();
      const seats = table.get(nodeId, now);
      if (!seats || now >= seats.routableUntilMs || request.exclude?.has(nodeId) || !canServe(seats, request)) return false;
      // Still on its way: renew. Otherwise the node counts this viewer already, and a reservation would count it twice.
      if (table.nodeOf(id, now) === nodeId) table.reserve(id, nodeId, now);
      return true;
    },
    freeSeats(request) {
      const now = clock.monotonicMs();
      return freeSeats(table.seats(now), request, now);
    },
    claim(nodeId, ids) {
      for (const id of ids) table.claim(id, nodeId);
    },
    release: (nodeId, id) => table.release(id, nodeId),
    put: (nodeId, numbers) => table.put(nodeId, numbers),
    remove: (nodeId) => table.remove(nodeId),
    seatsOf: (nodeId) => table.get(nodeId, clock.monotonicMs()),
    get reservations() {
      table.expire(clock.monotonicMs());
      return table.reservations;
    },
    get reservationOutcomes() {
      table.expire(clock.monotonicMs());
      return table.outcomes;
    },
  };
}
