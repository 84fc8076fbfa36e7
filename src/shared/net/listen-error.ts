// What is said when a port cannot be opened: one sentence for every port of every role. Knows no server.
import { UserError } from "../kernel/user-error.ts";

export interface ListenAttempt {
  readonly host: string;
  readonly port: number;
  /** Setting of the port, for example `HLS_PORT`. */
  readonly variable: string;
}

/** The sentence for a failed `listen`; an error that its reader cannot mend passes as it is. */
export function listenError(error: unknown, { host, port, variable }: ListenAttempt): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const mend = `choose another one with ${variable}=<port> or --${variable.toLowerCase().replaceAll("_", "-")} <port>`;
  if (code === "EADDRINUSE") return new UserError(`Port ${port} is taken: stop the program that uses it, or ${mend}.`, { cause: error });
  if (code === "EACCES") return new UserError(`Port ${port} may not be used without special rights: ${mend}.`, { cause: error });
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new UserError(`This machine has no address ${host}: set BIND_HOST to one that it has.`, { cause: error });
  return error;
}
