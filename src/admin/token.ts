// airclass token: lets somebody into a class from the command line, for players and scripts that are no browser.
import { Type } from "typebox";
import { UserError } from "../shared/kernel/user-error.ts";
import { TokenResponse } from "../shared/protocol/viewer-token.ts";
import type { TokenRequest } from "../shared/protocol/viewer-token.ts";
import { readAdminArguments } from "./admin-arguments.ts";
import { createAdminClient } from "./admin-client.ts";
import { wrongUse } from "./command-flags.ts";

export const tokenHelp = `usage: airclass token <class> [--user-id NAME] [--user-type student|teacher] [--json] [--master URL] [--admin-token T]

Prints an address at which one viewer can watch the class, for example: mpv "$(airclass token math-3b)"
Whoever has it may watch until its token ends (TOKEN_TTL), without a join code: it is a secret.

  <class>         its name, math-3b
  --user-id       who watches, as lists of viewers show it; default admin
  --user-type     default student
  --json          all that the master answers: token, node_id, expires_in, …
  --master        default MASTER_URL (the first), else http://127.0.0.1:8000
  --admin-token   default ADMIN_TOKEN`;

export interface TokenDeps {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
}

/** @throws UserError when there is no such class, no slave takes viewers, or the master says no. */
export async function runToken({ args, env, print }: TokenDeps): Promise<void> {
  const parsed = readAdminArguments("token", { values: ["user-id", "user-type"], switches: ["json"] }, { args, env });
  const [name, ...more] = parsed.words;
  if (name === undefined || more.length > 0) throw wrongUse("token", "Say which class: airclass token <class>.");
  const { "user-id": userId = "admin", "user-type": userType = "student" } = parsed.values;
  if (userType !== "student" && userType !== "teacher") throw wrongUse("token", "--user-type must be student or teacher.");
  const request: TokenRequest = { user_id: userId, user_type: userType, class: name };
  const answer = await createAdminClient(parsed).call(Type.Pick(TokenResponse, ["hls_url"]), "POST", "/api/token", request);
  // A player gets it as an argument: it must be an address, and no option of the player's.
  if (!/^https?:\/\//.test(answer.hls_url) || !URL.canParse(answer.hls_url))
    throw new UserError(`What answers at ${parsed.masterUrl} is not an AIRClass master: it gave no address.`);
  print(parsed.switches.has("json") ? JSON.stringify(answer, undefined, 2) : answer.hls_url);
}
