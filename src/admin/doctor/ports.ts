// Whether the ports of a role can be opened here, or are open already for the airclass that this one is.
import { once } from "node:events";
import { createServer } from "node:net";
import { failed, ok, warning } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { findListeningProcess } from "./listening-process.ts";

export interface RolePort {
  /** Its variable. */
  readonly name: string;
  readonly port: number;
  /** What 0 means: any free port, or none. */
  readonly zero: "any" | "off";
}

export async function portFinding({ name, port, zero }: RolePort, host: string, role: string): Promise<Finding> {
  if (port === 0) return ok("ports", `${name} 0: ${zero === "any" ? "a free one is taken at start" : "turned off"}`);
  const code = await tryToListen(host, port);
  switch (code) {
    case undefined:
      return ok("ports", `${name} ${port} is free`);
    case "EADDRINUSE":
      return takenFinding(name, port, role);
    case "EACCES":
      return failed("ports", `${name} ${port} may not be used without special rights.`, "Choose one from 1024 on.");
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return failed("ports", `this machine has no address ${host}.`, "Set BIND_HOST to one that it has, or to 0.0.0.0.");
    default:
      return failed("ports", `${name} ${port} cannot be opened (${code}).`, "Choose another one.");
  }
}

async function takenFinding(name: string, port: number, role: string): Promise<Finding> {
  const found = await findListeningProcess(port);
  if (!found) {
    const text = `${name} ${port} is in use by a process that this user may not see.`;
    return warning("ports", text, `If that is not the airclass ${role} of this machine, choose another ${name}.`);
  }
  const { pid, lineage } = found;
  if (lineage.some((command) => command === `airclass ${role}`))
    return ok("ports", `${name} ${port} is used by the running airclass ${role} (process ${pid})`);
  const who = lineage.find((command) => command.startsWith("airclass ")) ?? lineage[0]?.slice(0, 80) ?? "";
  return failed("ports", `${name} ${port} is used by process ${pid}, ${who}.`, `Stop that one, or choose another ${name}.`);
}

/** @returns the error's code; undefined when it can be opened. */
async function tryToListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}
