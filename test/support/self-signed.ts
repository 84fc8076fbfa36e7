// A certificate for 127.0.0.1, made by openssl, good for a day.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../src/shared/process/run-program.ts";

export interface Certificate {
  readonly certPath: string;
  readonly keyPath: string;
  remove(): void;
}

/** @throws Error when there is no openssl. */
export async function selfSigned(): Promise<Certificate> {
  const folder = mkdtempSync(join(tmpdir(), "airclass-tls-"));
  const [certPath, keyPath] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost";
  const args = [...request.split(" "), "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", keyPath, "-out", certPath];
  const { code, stderr } = await runProgram("openssl", args, { timeoutMs: 20_000, maxOutputBytes: 8_192 });
  if (code !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
  return { certPath, keyPath, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
