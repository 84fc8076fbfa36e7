// Runs scenarios one after the other on one stage, each as a test. Knows none of them.
import { after, test } from "node:test";
import type { TopologyOptions } from "../../support/topology.ts";
import { openStage } from "./stage.ts";
import type { Scenario, Stage } from "./stage.ts";

/** To be called in a `describe` that runs its tests one at a time. @param viewers of the class that is on air. */
export function scenarioTests(options: TopologyOptions, viewers: number, scenarios: readonly Scenario[]): void {
  let stage: Stage | undefined;
  after(() => stage?.stop());

  for (const scenario of scenarios) {
    void test(scenario.name, { timeout: 180_000 }, async (t) => {
      // What a failed scenario leaves behind is not the next one's business.
      stage ??= await openStage(options, viewers);
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
}
