// Finds a MediaMTX that somebody else started, and takes it only when nobody gets around the tokens there.
import { UserError } from "../../../shared/kernel/user-error.ts";
import { requireVersion } from "./locate-mediamtx.ts";
import { isWebrtcPath } from "./media-paths.ts";
import { createMediaMtxApi, MediaMtxApiError } from "./mediamtx-api.ts";
import type { MediaMtxApi } from "./mediamtx-api.ts";
import { addressesFrom, complaintsAbout } from "./mediamtx-config.ts";
import type { MediaMtxAddresses } from "./mediamtx-config.ts";
import type { MediaMtxAccess, RunningMediaMtx } from "./running-mediamtx.ts";

/** @param apiUrl MEDIAMTX_API. @throws UserError for what the operator can mend, also that none is there. */
export async function attachMediaMtx(apiUrl: string, { authorization, hookUrl }: MediaMtxAccess): Promise<RunningMediaMtx> {
  const api = createMediaMtxApi({ url: apiUrl, authorization });
  try {
    const { version, started } = await api.info();
    requireVersion(version, `MEDIAMTX_API=${apiUrl}`);
    const { addresses, pathNames, complaints } = await readConfiguration(api, apiUrl, hookUrl);
    if (complaints.length > 0) {
      throw new UserError(`The MediaMTX at ${apiUrl} is not configured as mediamtx.yml says: ${complaints.join("; ")}`);
    }
    // Sources that a slave before this start gave to streams: whoever knew of them is gone.
    for (const name of pathNames) if (isWebrtcPath(name)) await api.removePath(name);
    return { api, addresses, startedAt: started };
  } catch (error) {
    if (!(error instanceof MediaMtxApiError)) throw error;
    const mend =
      error.status === 401
        ? `its authHTTPAddress must be ${hookUrl}`
        : "start it with mediamtx.yml, or leave MEDIAMTX_API out so that the slave starts one";
    throw new UserError(`MEDIAMTX_API=${apiUrl}: ${error.message}; ${mend}`, { cause: error });
  }
}

export interface AttachedConfiguration {
  readonly addresses: MediaMtxAddresses;
  readonly pathNames: readonly string[];
  /** Sentences: why it is not to be used. */
  readonly complaints: readonly string[];
}

/** As it is now: it takes over an edited file without a restart. @throws MediaMtxApiError */
export async function readConfiguration(api: MediaMtxApi, apiUrl: string, hookUrl: string): Promise<AttachedConfiguration> {
  const config = await api.globalConfig();
  const pathNames = [...(await api.pathConfigs()).keys()];
  return { addresses: addressesFrom(config, new URL(apiUrl).host), pathNames, complaints: complaintsAbout(config, pathNames, { hookUrl }) };
}
