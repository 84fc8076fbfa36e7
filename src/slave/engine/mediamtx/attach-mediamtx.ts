// Finds a MediaMTX that somebody else started, and takes it only when nobody gets around the tokens there.
import { UserError } from "../../../shared/kernel/user-error.ts";
import { requireVersion } from "./locate-mediamtx.ts";
import { isWebrtcPath } from "./media-paths.ts";
import { createMediaMtxApi, MediaMtxApiError } from "./mediamtx-api.ts";
import { addressesFrom, complaintsAbout } from "./mediamtx-config.ts";
import type { MediaMtxAccess, RunningMediaMtx } from "./running-mediamtx.ts";

/** @param apiUrl MEDIAMTX_API. @throws UserError for what the operator can mend, also that none is there. */
export async function attachMediaMtx(apiUrl: string, { authorization, hookUrl }: MediaMtxAccess): Promise<RunningMediaMtx> {
  const api = createMediaMtxApi({ url: apiUrl, authorization });
  try {
    const { version, started } = await api.info();
    requireVersion(version, `MEDIAMTX_API=${apiUrl}`);
    const config = await api.globalConfig();
    const pathNames = [...(await api.pathConfigs()).keys()];
    const complaints = complaintsAbout(config, pathNames, { hookUrl });
    if (complaints.length > 0) {
      throw new UserError(`The MediaMTX at ${apiUrl} is not configured as mediamtx.yml says: ${complaints.join("; ")}`);
    }
    // Sources that a slave before this start gave to streams: whoever knew of them is gone.
    for (const name of pathNames) if (isWebrtcPath(name)) await api.removePath(name);
    return { api, addresses: addressesFrom(config, new URL(apiUrl).host), startedAt: started };
  } catch (error) {
    if (!(error instanceof MediaMtxApiError)) throw error;
    const mend =
      error.status === 401
        ? `its authHTTPAddress must be ${hookUrl}`
        : "start it with mediamtx.yml, or leave MEDIAMTX_API out so that the slave starts one";
    throw new UserError(`MEDIAMTX_API=${apiUrl}: ${error.message}; ${mend}`, { cause: error });
  }
}
