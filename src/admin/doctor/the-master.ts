// Whether the master is there, tells the same time, runs the same version, and takes our secrets. Orders nothing.
import { Type } from "typebox";
import { createMasterRequest, MasterRefusal } from "../../shared/http/master-request.ts";
import { randomName } from "../../shared/kernel/random-name.ts";
import { DetailedHealthView } from "../../shared/protocol/cluster-views.ts";
import type { StatsRequest } from "../../shared/protocol/cluster-messages.ts";
import { deriveClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import { credentialLifetimeS } from "../../shared/tokens/node-credential.ts";
import { AdminRefusal, createAdminClient, MasterAway } from "../admin-client.ts";
import { failed, ok, warning } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { lookAt } from "./http-look.ts";

export interface MasterQuestion {
  readonly role: "master" | "slave";
  readonly masterUrl: string;
  /** undefined on a machine that is no part of the cluster. */
  readonly clusterSecret: string | undefined;
  readonly adminToken: string | undefined;
  readonly version: string;
  readonly timeoutMs: number;
  readonly wallMs: () => number;
}

/** Slaves go by the master's clock, so this much is only worth a word. */
const skewWorthSayingMs = 2_000;

export async function masterFindings(question: MasterQuestion): Promise<Finding[]> {
  const { role, masterUrl, timeoutMs, wallMs, adminToken, clusterSecret } = question;
  const look = await lookAt(`${masterUrl}/health`, timeoutMs, wallMs);
  if (look.status === undefined) {
    if (role === "master") {
      return [
        warning(
          "master",
          `nothing answers at ${masterUrl} (${look.why}): what needs the master was not checked.`,
          "Start it, and run the doctor again.",
        ),
      ];
    }
    return [
      failed(
        "master",
        `the master at ${masterUrl} cannot be reached (${look.why}).`,
        "Start it, mend MASTER_URL, or open its port in the firewall.",
      ),
    ];
  }
  if ((look.body as { status?: unknown } | undefined)?.status !== "ok") {
    return [failed("master", `what answers at ${masterUrl} is not an AIRClass master (HTTP status ${look.status}).`, "Mend MASTER_URL.")];
  }
  const skew = look.skew?.ms ?? 0;
  return [
    ok("master", `${masterUrl} answers`),
    ...(role === "slave" && look.skew ? [skewFinding(skew, look.skew.errorMs)] : []),
    ...(clusterSecret === undefined ? [] : [await secretFinding(question, clusterSecret, skew)]),
    ...(adminToken === undefined
      ? [
          warning(
            "admin token",
            "ADMIN_TOKEN is not given: versions and slaves were not checked.",
            "Set ADMIN_TOKEN, or give --admin-token, and run the doctor again.",
          ),
        ]
      : await adminFindings(question, adminToken)),
  ];
}

function skewFinding(skewMs: number, errorMs: number): Finding {
  const certainMs = Math.max(0, Math.abs(skewMs) - errorMs);
  if (certainMs < skewWorthSayingMs) return ok("clock", "the same as the master's");
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const text = `this machine's clock is ${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} the master's.`;
  return warning("clock", text, "Set both by NTP (timedatectl set-ntp true); slaves go by the master's time meanwhile.");
}

/** A heartbeat of a node that nobody knows: the master checks who signed it, signs its answer, and does nothing. */
async function secretFinding({ masterUrl, timeoutMs, wallMs }: MasterQuestion, clusterSecret: string, skewMs: number): Promise<Finding> {
  const nodeId = randomName("doctor");
  const ask = createMasterRequest(
    { credentialKey: deriveClusterKeys(clusterSecret).credential, nodeId, clusterTimeMs: () => wallMs() + skewMs },
    timeoutMs,
  );
  const heartbeat: StatsRequest = { node_id: nodeId, stats: { connections: 0, cpu: 0, memory: 0 } };
  try {
    await ask("POST", masterUrl, "/cluster/stats", heartbeat);
    return ok("cluster secret", "CLUSTER_SECRET is the master's");
  } catch (error) {
    if (!(error instanceof MasterRefusal)) throw error;
    if (error.code === "credential_invalid" || error.code === "not_genuine") {
      return failed("cluster secret", "CLUSTER_SECRET is not the master's.", "Set the same on all machines.");
    }
    if (error.code === "clock_skew") {
      const text = `the master refuses what is signed here: the clocks differ by more than ${credentialLifetimeS} s.`;
      return failed("cluster secret", text, "Set both clocks by NTP.");
    }
    return warning("cluster secret", `the master answered ${error.message} (${error.code}).`, "Look at the master's log.");
  }
}

async function adminFindings({ masterUrl, version, timeoutMs }: MasterQuestion, adminToken: string): Promise<Finding[]> {
  try {
    const client = createAdminClient({ masterUrl, adminToken, timeoutMs });
    const health = await client.call(Type.Pick(DetailedHealthView, ["version"]), "GET", "/health/detailed");
    return [ok("admin token", "the master takes ADMIN_TOKEN"), versionFinding("the master", health.version, version)];
  } catch (error) {
    if (error instanceof AdminRefusal && error.status === 401) {
      return [
        failed(
          "admin token",
          "the master does not take ADMIN_TOKEN.",
          "Use the one that it was started with, or printed at its first start.",
        ),
      ];
    }
    if (error instanceof AdminRefusal || error instanceof MasterAway)
      return [failed("admin token", error.message, "Look at the master's log.")];
    throw error;
  }
}

/** @param who for the sentence. */
export function versionFinding(who: string, theirs: string, ours: string): Finding {
  if (theirs === ours) return ok("version", `${who} runs ${theirs}, as here`);
  return warning("version", `${who} runs ${theirs}, here is ${ours}.`, "Update the older one: masters first, then slaves one by one.");
}
