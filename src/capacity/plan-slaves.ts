// How many slaves a school needs, and what limits them. Pure arithmetic; the figures that were measured come as arguments.

export interface PlanInput {
  readonly students: number;
  /** Classes at the same time; students are spread over them. */
  readonly classes: number;
  /** What one student's player loads, Mbit/s. */
  readonly mbps: number;
  /** All renditions of one class together, Mbit/s: what a slave sends to one that follows it. */
  readonly streamMbps: number;
  /** Playlists of one low-latency player, Mbit/s: not counted against the margin, which is for them. */
  readonly playlistsMbps: number;
  /** Of one slave, Mbit/s in each direction (full duplex). */
  readonly linkMbps: number;
  /** Share of every limit that is to stay free while all slaves run, percent. */
  readonly marginPercent: number;
  /** MAX_CONNECTIONS of a slave. */
  readonly places: number;
  /** Viewers that the processor of one slave carries. */
  readonly cpuViewers: number;
  /** FANOUT: slaves that follow one slave at most. */
  readonly fanout: number;
}

export type Limit = "link" | "places" | "cpu";
const limits: readonly Limit[] = ["link", "places", "cpu"];

/** The busiest slave, when this many run. */
export interface SlaveLoad {
  readonly slaves: number;
  readonly viewers: number;
  /** Copies of streams that it sends to other slaves. */
  readonly copiesSent: number;
  readonly toViewersMbps: number;
  readonly toSlavesMbps: number;
  readonly sentMbps: number;
  /** With the playlists of all viewers. */
  readonly withPlaylistsMbps: number;
  /** From the gateway, teachers and other slaves: each class once. */
  readonly receivedMbps: number;
  /** 1 is full. */
  readonly use: Readonly<Record<Limit, number>>;
  /** Of the link, with playlists. */
  readonly useWithPlaylists: number;
}

export interface Plan {
  readonly slaves: number;
  /** What needs most slaves to stay within the margin; `spare` when only the slave that may die needs the last one. */
  readonly limitedBy: Limit | "spare";
  /** Slaves that each limit alone would need with its margin. */
  readonly neededBy: Readonly<Record<Limit, number>>;
  /** Slaves with which every student has a place when one of them has died. */
  readonly neededForSpare: number;
  readonly allRun: SlaveLoad;
  readonly oneDied: SlaveLoad;
  /** Slaves with which the link carries playlists, too, when one has died. */
  readonly neededForSpareWithPlaylists: number;
  /** Viewers that one slave takes within the margin, of the tightest limit, at this number of slaves. */
  readonly viewersPerSlave: number;
  /** Through the gateway (in the master, or alone): each class comes in once and goes out once, Mbit/s in each direction. */
  readonly gatewayMbps: number;
  readonly totalMbps: number;
}

export const maxSlaves = 1_000;

/** @returns undefined when no number of slaves up to 1,000 is enough. */
export function planSlaves(input: PlanInput): Plan | undefined {
  const share = 1 - input.marginPercent / 100;
  const neededBy = {
    link: leastSlaves(1, (slaves) => loadOf(input, slaves).use.link <= share),
    places: leastSlaves(1, (slaves) => loadOf(input, slaves).use.places <= share),
    cpu: leastSlaves(1, (slaves) => loadOf(input, slaves).use.cpu <= share),
  };
  // The one that is left must do without the margin: that is what it was for.
  const neededForSpare = leastSlaves(2, (slaves) => limits.every((limit) => loadOf(input, slaves - 1).use[limit] <= 1));
  const slaves = Math.max(neededForSpare, ...Object.values(neededBy));
  if (!Number.isFinite(slaves)) return undefined;
  const allRun = loadOf(input, slaves);
  const mostUsed = limits.toSorted((one, other) => neededBy[other] - neededBy[one] || allRun.use[other] - allRun.use[one])[0] ?? "link";
  return {
    slaves,
    limitedBy: neededBy[mostUsed] < slaves ? "spare" : mostUsed,
    neededBy,
    neededForSpare,
    allRun,
    oneDied: loadOf(input, slaves - 1),
    neededForSpareWithPlaylists: leastSlaves(2, (count) => loadOf(input, count - 1).useWithPlaylists <= 1),
    viewersPerSlave: Math.floor(
      Math.min(
        rounded((input.linkMbps * share - allRun.toSlavesMbps) / input.mbps),
        rounded(input.places * share),
        rounded(input.cpuViewers * share),
      ),
    ),
    gatewayMbps: rounded(input.classes * input.streamMbps),
    totalMbps: rounded(input.students * input.mbps),
  };
}

function leastSlaves(from: number, isEnough: (slaves: number) => boolean): number {
  for (let slaves = from; slaves <= maxSlaves; slaves += 1) if (isEnough(slaves)) return slaves;
  return Number.POSITIVE_INFINITY;
}

function loadOf(input: PlanInput, slaves: number): SlaveLoad {
  const { students, classes, mbps, streamMbps, linkMbps, places, cpuViewers, fanout } = input;
  // The master sends each student to the least loaded slave, so they are spread evenly.
  const viewers = Math.ceil(students / slaves);
  const copiesSent = copiesOf(classes, slaves, fanout);
  const toViewersMbps = viewers * mbps;
  const toSlavesMbps = copiesSent * streamMbps;
  const sentMbps = toViewersMbps + toSlavesMbps;
  const withPlaylistsMbps = sentMbps + viewers * input.playlistsMbps;
  return {
    slaves,
    viewers,
    copiesSent,
    toViewersMbps: rounded(toViewersMbps),
    toSlavesMbps: rounded(toSlavesMbps),
    sentMbps: rounded(sentMbps),
    withPlaylistsMbps: rounded(withPlaylistsMbps),
    useWithPlaylists: rounded(withPlaylistsMbps / linkMbps),
    receivedMbps: rounded(classes * streamMbps),
    use: {
      link: rounded(Math.max(sentMbps, classes * streamMbps) / linkMbps),
      places: rounded(viewers / places),
      cpu: rounded(viewers / cpuViewers),
    },
  };
}

/**
 * Copies that the busiest slave sends: students of every class sit on every slave, so every slave has every class. An origin
 * feeds up to `fanout` others; where there are more, those feed the rest. Origins are spread over the slaves.
 */
function copiesOf(classes: number, slaves: number, fanout: number): number {
  const followers = slaves - 1;
  if (followers === 0) return 0;
  const origins = Math.ceil(classes / slaves);
  const own = origins * Math.min(fanout, followers);
  const passedOn = (classes - origins) * Math.max(0, followers - fanout);
  return own + Math.ceil(passedOn / followers);
}

/** 0.7 × 240 is 167.99999999999997: what a limit allows exactly is allowed. */
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
