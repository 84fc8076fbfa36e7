// Everything that may fail in a cluster, one after the other in one that carries a class: as processes of the real command,
// and as threads of this process. SCENARIOS=all runs all of them on both, with 100 viewers (`npm run scenarios`).
import { after, describe, test } from "node:test";
import type { TopologyKind } from "../support/topology.ts";
import { drained, rollingRestart } from "./failover/leaving.ts";
import { directTeacherWithoutMaster, masterKilled, masterPaused } from "./failover/master-faults.ts";
import { twoTeachers, wrongClocks } from "./failover/publishers.ts";
import {
  directOriginKilled,
  directOriginPaused,
  originKilled,
  originPaused,
  replicaKilled,
  replicaPaused,
} from "./failover/slave-faults.ts";
import { openStage } from "./failover/stage.ts";
import type { Scenario, Stage } from "./failover/stage.ts";

const all = process.env["SCENARIOS"] === "all";
const viewers = Number(process.env["SCENARIO_VIEWERS"] ?? (all ? 100 : 12));

const scenarios: readonly Scenario[] = [
  originKilled,
  originPaused,
  replicaKilled,
  replicaPaused,
  masterKilled,
  masterPaused,
  directTeacherWithoutMaster,
  directOriginKilled,
  directOriginPaused,
  twoTeachers,
  wrongClocks,
  drained,
  rollingRestart,
];
/** What shows most in little time, so that `npm test` stays short. */
const quick: readonly Scenario[] = [originKilled, originPaused, masterKilled];

const runs: readonly (readonly [TopologyKind, readonly Scenario[]])[] = [
  ["processes", scenarios],
  ["threads", all ? scenarios : quick],
];

for (const [kind, chosen] of runs) {
  describe(`a cluster of ${kind}, when`, () => {
    let stage: Stage | undefined;
    after(() => stage?.stop());

    for (const scenario of chosen) {
      const skip = scenario.skip?.[kind];
      test(scenario.name, { timeout: 180_000, ...(skip === undefined ? {} : { skip }) }, async (t) => {
        // What a failed scenario leaves behind is not the next one's business.
        stage ??= await openStage({ kind, slaves: 3 }, viewers);
        const current = stage;
        try {
          await scenario.run(current, (line) => t.diagnostic(line));
          current.assertInvariants();
        } catch (error) {
          t.diagnostic(`logs of the nodes: ${current.topology.keepLogs()}`);
          stage = undefined;
          await current.stop();
          throw error;
        }
      });
    }
  });
}
