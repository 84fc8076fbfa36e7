// A process that runs an engine with one publisher, to be killed by a test: prints the pids of the engine's children.
import { goodKey, startRig } from "./ingest-harness.ts";

const rig = await startRig();
rig.publish(`owner?key=${encodeURIComponent(goodKey)}`);
await rig.until("media", () => rig.count("fragment", "live/owner") > 5);
process.stdout.write(`${JSON.stringify(await rig.children())}\n`);
