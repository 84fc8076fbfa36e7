// The program as npm ships it: compiled JavaScript, built into a folder of its own so that the clone stays as it is.
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../../src/shared/process/run-program.ts";

const root = join(import.meta.dirname, "../../..");

export interface CompiledBuild {
  /** `cli.js` of the build. */
  readonly entry: string;
  remove(): Promise<void>;
}

/** @throws when the compiler made no program. */
export async function buildCompiled(): Promise<CompiledBuild> {
  const folder = await mkdtemp(join(tmpdir(), "airclass-build-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await cp(join(root, "package.json"), join(folder, "package.json"));
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    const compiler = join(root, "node_modules/.bin/tsc");
    const args = ["-p", join(root, "tsconfig.build.json"), "--outDir", join(folder, "dist")];
    const { code, stdout } = await runProgram(compiler, args, { timeoutMs: 120_000, maxOutputBytes: 16_384 });
    if (code !== 0) throw new Error(`tsc: ${stdout}`);
    await symlink(join(root, "dist/web"), join(folder, "dist/web"));
  } catch (error) {
    await remove();
    throw error;
  }
  return { entry: join(folder, "dist/cli.js"), remove };
}
