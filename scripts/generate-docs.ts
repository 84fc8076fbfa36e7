// Writes the parts of docs/ that come from the code: config.md, errors.md, metrics.md, api.md. With --check it only says what is out of date.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createMaster } from "../src/master/master.ts";
import { configTable } from "../src/shared/config/describe-config.ts";
import { loadMasterConfig } from "../src/shared/config/load-config.ts";
import { createLogger } from "../src/shared/logging/logger.ts";
import { labelTable, metricTable } from "../src/shared/metrics/describe-metrics.ts";
import { problemTypes } from "../src/shared/protocol/problems.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const note = "<!-- Made by `npm run docs` from the code; do not edit. -->";

function configPage(): string {
  return `# Settings

${note}

Each is an environment variable and a flag (\`MAX_CONNECTIONS=200\` is \`--max-connections 200\`; the flag wins). An empty
variable counts as not set. A mistake is told in one line, and the command ends with exit code 2.

${configTable()}
`;
}

function errorsPage(): string {
  const rows = Object.entries(problemTypes).map(
    ([code, { status, title, remedy }]) => `| \`${code}\` | ${status} | ${title} | ${remedy} |`,
  );
  return `# Errors

${note}

Every error of an HTTP port is a problem document (RFC 9457, \`application/problem+json\`). \`code\` never changes its meaning;
\`detail\` is for people, \`instance\` is in the log as \`request\` where there is a line about it. 503 and 429 carry \`Retry-After\` in seconds. Media errors carry CORS headers like all media answers.

\`\`\`json
{"type": "urn:airclass:problem:wrong_node", "title": "The token is for another node", "status": 403, "code": "wrong_node",
 "instance": "urn:airclass:request:1b4e28ba-2fa1-41d2-883f-0016d3cca427"}
\`\`\`

| code | status | title | what to do |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
}

function metricsPage(): string {
  return `# Metrics

${note}

Master and slaves answer \`GET /metrics\` on \`API_PORT\` in Prometheus' text format, without a token, made anew at most once a second.
A gateway beside the master has none. Prometheus finds the slaves at the master's \`GET /cluster/prometheus\` and adds \`node_id\`,
\`node_name\` and \`role\` to all that it reads from them, so that a slave's own metrics need not say which slave it is.

Values are in base units: seconds, bytes, ratios from 0 to 1. What can be read when it is asked for is read then: the series of a
node that has left, or of a stream that has ended, are gone with it. Counters begin at 0 when the process does. No label holds a
user, a token, an address or anything else that a stranger could choose.

## Every node

${metricTable(["master", "slave"])}

## The master

${metricTable(["master"])}

## A slave

${metricTable(["slave"])}

## Labels

${labelTable()}

## The process

Beside these, every node has \`process_*\` (CPU seconds, memory, start time) and \`nodejs_*\` (heap, garbage collection, event loop,
handles, version) as prom-client makes them. ffmpeg and the RTMP worker are processes of their own and not in these.
`;
}

interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly Record<string, unknown>[];
  readonly parameters?: readonly { name: string; in: string; required?: boolean; description?: string }[];
  readonly requestBody?: { content: Record<string, { schema: Schema }> };
  readonly responses: Record<string, { description?: string; content?: Record<string, { schema: Schema }> }>;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Record<string, Schema>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
  readonly $ref?: string;
}

interface OpenApi {
  readonly tags?: readonly { name: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components?: { schemas?: Record<string, Schema> };
}

async function openApi(): Promise<OpenApi> {
  const dataDir = mkdtempSync(join(tmpdir(), "airclass-docs-"));
  const env = {
    CLUSTER_SECRET: "documentation only",
    ADMIN_TOKEN: "documentation only",
    API_PORT: "0",
    // Without a gateway: on a PC where AIRClass runs its port is taken.
    RTMP_PORT: "0",
    BIND_HOST: "127.0.0.1",
    DATA_DIR: dataDir,
  };
  const logger = createLogger("silent", {});
  const master = createMaster(loadMasterConfig({ env, args: [] }).config, { logger, version: "0", announce: () => {} });
  try {
    const { apiPort } = await master.start();
    const response = await fetch(`http://127.0.0.1:${apiPort}/docs/json`);
    return (await response.json()) as OpenApi;
  } finally {
    await master.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function typeOf(schema: Schema, components: Record<string, Schema>): string {
  if (schema.$ref !== undefined) return typeOf(components[schema.$ref.split("/").at(-1) ?? ""] ?? {}, components);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" \\| ");
  if (schema.anyOf) return schema.anyOf.map((part) => typeOf(part, components)).join(" \\| ");
  if (schema.type === "array") return `[${typeOf(schema.items ?? {}, components)}]`;
  if (schema.type === "object" || schema.properties) return `{${fieldsOf(schema, components)}}`;
  return Array.isArray(schema.type) ? schema.type.join(" \\| ") : String(schema.type ?? "any");
}

function fieldsOf({ properties = {}, required = [] }: Schema, components: Record<string, Schema>): string {
  return Object.entries(properties)
    .map(([name, schema]) => `${name}${required.includes(name) ? "" : "?"}: ${typeOf(schema, components)}`)
    .join(", ");
}

const callers: Record<string, string> = {
  admin: "admin token",
  teacher: "teacher token",
  session: "session",
  node: "node credential",
  viewer: "viewer token",
};

function operationText(method: string, path: string, operation: Operation, components: Record<string, Schema>): string {
  const who = operation.security?.flatMap((scheme) => Object.keys(scheme).map((name) => callers[name] ?? name)).join(" or ") || "everybody";
  const body = operation.requestBody?.content["application/json"]?.schema;
  const answers = Object.entries(operation.responses).map(([status, { description, content }]) => {
    if (Number(status) >= 400) return `  - ${status}: ${description ?? ""}`;
    const schema = content?.["application/json"]?.schema;
    return `  - ${status}: ${schema ? `\`${typeOf(schema, components).replaceAll("\\|", "|")}\`` : (description ?? "")}`;
  });
  return [
    `### \`${method.toUpperCase()} ${path}\``,
    "",
    [operation.summary, operation.description].filter(Boolean).join(". "),
    "",
    `- who: ${who}`,
    ...(body ? [`- body: \`${typeOf(body, components).replaceAll("\\|", "|")}\``] : []),
    "- answers:",
    ...answers,
  ].join("\n");
}

async function apiPage(): Promise<string> {
  const { paths, components, tags: declared } = await openApi();
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const used = new Set(operations.map(({ operation }) => operation.tags?.[0] ?? "other"));
  const tags = new Set([...(declared ?? []).map(({ name }) => name).filter((name) => used.has(name)), ...used]);
  const sections = [...tags].map((tag) => {
    const mine = operations.filter(({ operation, method }) => (operation.tags?.[0] ?? "other") === tag && method !== "head");
    return `## ${tag}\n\n${mine.map(({ method, path, operation }) => operationText(method, path, operation, components?.schemas ?? {})).join("\n\n")}`;
  });
  return `# API of the master

${note}

The same as a page to try things out: \`/docs\` of a running master; as OpenAPI: \`/docs/json\`. Errors: [errors.md](errors.md).

${sections.join("\n\n")}
`;
}

const pages = {
  "docs/config.md": configPage(),
  "docs/errors.md": errorsPage(),
  "docs/metrics.md": metricsPage(),
  "docs/api.md": await apiPage(),
};
const check = process.argv.includes("--check");
let stale = 0;
for (const [file, text] of Object.entries(pages)) {
  const path = join(root, file);
  if (!check) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    stale += 1;
    console.error(`${file} is out of date: run npm run docs`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
