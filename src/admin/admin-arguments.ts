// What commands for a running cluster have in common: where the master is, and the admin token. Reads no process.
import { UserError } from "../shared/kernel/user-error.ts";
import { readFlags } from "./command-flags.ts";
import type { GivenFlags, KnownFlags } from "./command-flags.ts";

export interface MasterAccess {
  /** Without a slash at its end. */
  readonly masterUrl: string;
  readonly adminToken: string;
}

export type AdminArguments = GivenFlags & MasterAccess;

type Environment = Readonly<Record<string, string | undefined>>;

/** Flags that say where the master is and who asks. */
export const masterFlags = ["master", "admin-token"] as const;
const defaultMasterUrl = "http://127.0.0.1:8000";

/** @param flags those of the command beside `masterFlags`. @throws UserError (exit code 2) */
export function readAdminArguments(
  command: string,
  { values = [], switches = [] }: KnownFlags,
  { args, env }: { readonly args: readonly string[]; readonly env: Environment },
): AdminArguments {
  const given = readFlags(command, { values: [...masterFlags, ...values], switches }, args);
  return { ...given, ...readMasterAccess(command, given.values, env) };
}

/** @param values of `masterFlags`, where they are given. @throws UserError (exit code 2) */
export function readMasterAccess(command: string, values: GivenFlags["values"], env: Environment): MasterAccess {
  const masterUrl = (values["master"] ?? (env["MASTER_URL"] || defaultMasterUrl)).split(",")[0]?.trim() ?? "";
  if (!URL.canParse(masterUrl) || !/^https?:\/\//.test(masterUrl))
    throw new UserError(
      `The address of the master, ${JSON.stringify(masterUrl)}, is not one: for example --master http://192.168.1.10:8000`,
      { exitCode: 2 },
    );
  const adminToken = values["admin-token"] ?? env["ADMIN_TOKEN"];
  if (!adminToken)
    throw new UserError(
      `airclass ${command} needs the admin token: set ADMIN_TOKEN, or give --admin-token. The master printed it at its first start.`,
      { exitCode: 2 },
    );
  return { masterUrl: masterUrl.replace(/\/+$/, ""), adminToken };
}
