// A process that runs the engine with MediaMTX, to be killed by a test: prints the pid of MediaMTX.
import { startMediaMtxRig } from "../conformance/engine/ways-in.ts";

const { rig } = await startMediaMtxRig();
process.stdout.write(`${rig.engine.mediaMtxPid}\n`);
