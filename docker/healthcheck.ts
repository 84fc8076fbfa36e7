// What Docker asks inside the container of a master or a slave: does its own API port answer? Ends with code 0 or 1.
// Knows nothing of the cluster: a slave that waits for its master is well. It trusts any certificate, since it asks its own host only.
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";

const timeoutMs = 4_000;
const { API_PORT, BIND_HOST, TLS_CERT } = process.env;
const options = {
  host: BIND_HOST === undefined || BIND_HOST === "" || BIND_HOST === "0.0.0.0" ? "127.0.0.1" : BIND_HOST,
  port: Number(API_PORT === undefined || API_PORT === "" ? 8_000 : API_PORT),
  path: "/health",
  timeout: timeoutMs,
};
const asked = TLS_CERT === undefined || TLS_CERT === "" ? plainRequest(options) : secureRequest({ ...options, rejectUnauthorized: false });
asked.on("response", (response) => process.exit(response.statusCode === 200 ? 0 : 1));
asked.on("timeout", () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)));
asked.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
asked.end();
