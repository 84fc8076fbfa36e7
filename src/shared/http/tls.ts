// Certificate and key for HTTPS and HTTP/2 (TLS_CERT, TLS_KEY).
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { UserError } from "../kernel/user-error.ts";

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** @returns undefined when neither is set. @throws UserError when only one is set, or a file cannot be read or does not fit the other. */
export function readTlsFiles(certPath: string | undefined, keyPath: string | undefined): TlsFiles | undefined {
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined) throw new UserError("TLS_KEY is set but TLS_CERT is not: set both or neither.", { exitCode: 2 });
  if (keyPath === undefined) throw new UserError("TLS_CERT is set but TLS_KEY is not: set both or neither.", { exitCode: 2 });
  const tls = { cert: read("TLS_CERT", certPath), key: read("TLS_KEY", keyPath) };
  try {
    createSecureContext(tls);
  } catch (cause) {
    throw new UserError(`TLS_CERT ${certPath} and TLS_KEY ${keyPath} do not fit together or are not PEM files.`, { exitCode: 2, cause });
  }
  return tls;
}

function read(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new UserError(`${variable} ${path} cannot be read: ${(cause as Error).message}.`, { exitCode: 2, cause });
  }
}
