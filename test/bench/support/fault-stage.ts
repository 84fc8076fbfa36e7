// Three slaves, a gateway beside the master, a teacher, and a student's page on each slave: what faults happen to.
import type { TestBrowser } from "../../support/browser.ts";
import { eventually } from "../../support/eventually.ts";
import { untilReplicated } from "../../support/invariants.ts";
import { openPicturePlayer } from "../../support/picture-player.ts";
import type { PicturePlayer } from "../../support/picture-player.ts";
import type { Teacher } from "../../support/teacher.ts";
import { startTopology } from "../../support/topology.ts";
import type { Topology, TopologySlave } from "../../support/topology.ts";

export interface PlacedPlayer {
  readonly slave: TopologySlave;
  readonly player: PicturePlayer;
}

export interface FaultStage {
  readonly topology: Topology;
  readonly teacher: Teacher;
  readonly path: string;
  /** One on each slave, after `placePlayers`. */
  readonly players: readonly PlacedPlayer[];
  origin(): Promise<TopologySlave>;
  /** All slaves take viewers, the stream has its copies. */
  untilHealed(): Promise<void>;
  /** Pages that went elsewhere are opened again where they were. */
  placePlayers(): Promise<void>;
  stop(): Promise<void>;
}

const words = (text: string): string[] => text.split(" ");
const picture = [
  ...words("-re -f lavfi -i testsrc2=size=640x360:rate=30 -re -f lavfi -i sine=frequency=440:sample_rate=48000"),
  ...words("-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -b:v 600k -g 60 -c:a aac -b:a 64k"),
];
const slaves = 3;
/** With heartbeats every 5 s. */
const healTimeoutMs = 60_000;

export async function openFaultStage(browser: TestBrowser): Promise<FaultStage> {
  const topology = await startTopology({ kind: "processes", slaves, gatewayAlone: true, slave: { HEARTBEAT_INTERVAL: "5" } });
  try {
    return await begin(topology, browser);
  } catch (error) {
    await topology.stop();
    throw error;
  }
}

async function begin(topology: Topology, browser: TestBrowser): Promise<FaultStage> {
  const lesson = await topology.createClass("bench");
  const teacher = topology.teach(lesson, { picture });
  const { path } = lesson;
  const players = new Map<TopologySlave, PicturePlayer>();

  async function origin(): Promise<TopologySlave> {
    let nodeId: string | undefined;
    await eventually("the stream has an origin", async () => {
      nodeId = (await topology.streams()).find((stream) => stream.path === path)?.origin ?? undefined;
      return nodeId !== undefined;
    });
    return topology.slave(nodeId ?? "");
  }

  await origin();
  return {
    topology,
    teacher,
    path,
    get players() {
      return [...players].map(([slave, player]) => ({ slave, player }));
    },
    origin,
    async untilHealed() {
      await eventually(
        "all slaves take viewers",
        () =>
          topology.untilWhole().then(
            () => true,
            () => false,
          ),
        healTimeoutMs,
      );
      await untilReplicated(topology, path, 2, healTimeoutMs);
    },
    async placePlayers() {
      for (const slave of topology.slaves) {
        const there = players.get(slave);
        if (there && (await there.stats()).nodeId === slave.nodeId) continue;
        await there?.close();
        players.delete(slave);
        const avoid = topology.slaves.filter((other) => other !== slave).map(({ nodeId }) => nodeId);
        const url = `${topology.masterUrl}/watch/bench`;
        players.set(slave, await openPicturePlayer(browser, { url, name: `Student of ${slave.nodeId}`, avoid }));
      }
    },
    async stop() {
      await teacher.stop();
      await topology.stop();
    },
  };
}
