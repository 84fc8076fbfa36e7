// The images of others that our files name: here already, pulled, or made by a tool where no registry can be reached.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { run } from "./docker.ts";

export const projectRoot = fileURLToPath(new URL("../..", import.meta.url));

export interface ComposeService {
  readonly image?: string;
}

/** What docker-compose.yml says of its services, variables as they stand. */
export function composeServices(): Readonly<Record<string, ComposeService>> {
  const text = readFileSync(`${projectRoot}/docker-compose.yml`, "utf8");
  return (parse(text, { merge: true }) as { services: Record<string, ComposeService> }).services;
}

/** The image that a stage of ours is made from. @param stage `mediamtx`: that of others which has the program. */
export function buildImage(stage: "airclass" | "mediamtx" = "airclass"): string {
  const [, image] = new RegExp(`^FROM (\\S+) AS ${stage}$`, "m").exec(readFileSync(`${projectRoot}/Dockerfile`, "utf8")) ?? [];
  if (image === undefined) throw new Error(`the Dockerfile has no stage ${stage}`);
  return image;
}

/**
 * Looks for it, pulls it, and then asks the program that LOCAL_BASE_IMAGES names, if any, to make it (it gets the name).
 * @returns why there is none, or undefined when there is.
 */
export async function provideImage(image: string): Promise<string | undefined> {
  if ((await run(["docker", "image", "inspect", image])).code === 0) return undefined;
  const pulled = await run(["docker", "pull", "--quiet", image], {}, 600_000);
  if (pulled.code === 0) return undefined;
  const tool = process.env["LOCAL_BASE_IMAGES"];
  const reason = `${image} cannot be pulled (${pulled.stderr.trim().slice(-200)})`;
  if (tool === undefined || tool === "") return `${reason}, and LOCAL_BASE_IMAGES names no program that makes it`;
  const made = await run([tool, image], process.env, 1_200_000);
  return made.code === 0 ? undefined : `${reason}, and ${tool} does not make it: ${`${made.stdout}${made.stderr}`.trim().slice(-200)}`;
}
