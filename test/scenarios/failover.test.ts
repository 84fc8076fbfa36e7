// Everything that may fail in a cluster, one after the other in one that carries a class: as processes of the real command,
// and as threads of this process. So that `npm test` stays short, most run on one of the two there, and with few viewers;
// SCENARIOS=all runs all of them on both, with 100 viewers (`npm run scenarios`).
import { describe } from "node:test";
import { networkMissing } from "../support/test-network.ts";
import type { TopologyKind } from "../support/topology.ts";
import { drained, rollingRestart } from "./failover/leaving.ts";
import { directTeacherWithoutMaster, masterKilled, masterPaused } from "./failover/master-faults.ts";
import { partitionTests } from "./failover/partition-tests.ts";
import { twoTeachers, wrongClocks } from "./failover/publishers.ts";
import {
  directOriginKilled,
  directOriginPaused,
  originKilled,
  originPaused,
  replicaKilled,
  replicaPaused,
} from "./failover/slave-faults.ts";
import { scenarioTests } from "./failover/scenario-tests.ts";
import type { Scenario } from "./failover/stage.ts";

const all = process.env["SCENARIOS"] === "all";
const viewers = Number(process.env["SCENARIO_VIEWERS"] ?? (all ? 100 : 12));

const everywhere: readonly Scenario[] = [originKilled, originPaused, masterKilled];
const onlyProcesses: readonly Scenario[] = [replicaKilled, replicaPaused, masterPaused, rollingRestart];
const onlyThreads: readonly Scenario[] = [
  directTeacherWithoutMaster,
  directOriginKilled,
  directOriginPaused,
  twoTeachers,
  drained,
  wrongClocks,
];

const runs: readonly (readonly [TopologyKind, readonly Scenario[]])[] = [
  ["processes", [...everywhere, ...onlyProcesses, ...(all ? onlyThreads : [])]],
  ["threads", [...everywhere, ...onlyThreads, ...(all ? onlyProcesses : [])]],
];

const noNetwork = await networkMissing();

// Side by side: each of them mostly waits.
describe("a class goes on in", { concurrency: true }, () => {
  for (const [kind, chosen] of runs)
    describe(`a cluster of ${kind}, when`, { concurrency: 1 }, () => scenarioTests({ kind, slaves: 3 }, viewers, chosen));
  describe("a network in which", { concurrency: 1, skip: noNetwork ?? false }, partitionTests);
});
