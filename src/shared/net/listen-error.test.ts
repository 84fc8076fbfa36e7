import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../kernel/user-error.ts";
import { listenError } from "./listen-error.ts";

const attempt = { host: "192.0.2.1", port: 80, variable: "HLS_PORT" };
const failed = (code: string) => Object.assign(new Error("listen failed"), { code });

test("what the operator can mend is a sentence with the port or address and the setting", () => {
  const table: [string, RegExp][] = [
    ["EADDRINUSE", /^Port 80 is taken: .*HLS_PORT=<port> or --hls-port <port>\.$/],
    ["EACCES", /^Port 80 may not be used .*HLS_PORT=<port>/],
    ["EADDRNOTAVAIL", /^This machine has no address 192\.0\.2\.1: set BIND_HOST/],
    ["ENOTFOUND", /^This machine has no address 192\.0\.2\.1: set BIND_HOST/],
  ];
  for (const [code, sentence] of table) {
    const cause = failed(code);
    const error = listenError(cause, attempt);
    assert.ok(error instanceof UserError, code);
    assert.match(error.message, sentence);
    assert.equal(error.cause, cause);
  }
});

test("everything else stays what it is", () => {
  const other = failed("EMFILE");
  assert.equal(listenError(other, attempt), other);
});
