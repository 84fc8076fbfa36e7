// A MediaMTX that runs, for the parts of the engine that talk to it. Types only.
import type { MediaMtxApi } from "./mediamtx-api.ts";
import type { MediaMtxAddresses } from "./mediamtx-config.ts";

export interface RunningMediaMtx {
  readonly api: MediaMtxApi;
  readonly addresses: MediaMtxAddresses;
  /** As it says itself: one that was restarted says something else. */
  readonly startedAt: string;
}

/** What is needed to talk with one, and it with us. */
export interface MediaMtxAccess {
  /** Value of `Authorization` for its API. */
  readonly authorization: string;
  /** Where it asks who may do what. */
  readonly hookUrl: string;
}
