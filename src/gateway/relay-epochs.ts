// Under which numbers a relay publishes: each above all that is known of its path. Knows no connections.
import type { ViewKeeper } from "./view-keeper.ts";

export interface RelayEpochsConfig {
  readonly path: string;
  /** The highest that this gateway has given the path before; 0 for none. */
  readonly lastEpoch: number;
  /** What the master has given this publisher when it came in, for the first connection; undefined: it gave no answer. */
  readonly givenEpoch: number | undefined;
}

export interface RelayEpochsDeps {
  readonly cluster: Pick<ViewKeeper, "view">;
  /** A number that nobody else gets; undefined when the master does not say one in time. Never rejects. */
  readonly claimEpoch: () => Promise<number | undefined>;
}

export interface RelayEpochs {
  /** As the master says, or, while it is away, the next one. Never rejects. */
  next(): Promise<number>;
  /** That was given out. */
  readonly highest: number;
}

export function createRelayEpochs(
  { path, lastEpoch, givenEpoch }: RelayEpochsConfig,
  { cluster, claimEpoch }: RelayEpochsDeps,
): RelayEpochs {
  let highest = lastEpoch;
  let unused = givenEpoch;

  function highestKnown(): number {
    const known = cluster.view?.streams.find((stream) => stream.path === path);
    return Math.max(highest, known?.highest_epoch ?? 0, ...(known?.copies.map(({ epoch }) => epoch) ?? []));
  }

  return {
    async next() {
      const given = unused;
      unused = undefined;
      const claimed = given !== undefined && given > highestKnown() ? given : await claimEpoch();
      const known = highestKnown();
      highest = claimed !== undefined && claimed > known ? claimed : known + 1;
      return highest;
    },
    get highest() {
      return highest;
    },
  };
}
