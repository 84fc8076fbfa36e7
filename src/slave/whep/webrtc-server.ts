// What this room needs of the MediaMTX that runs beside the slave. Types only: who starts it, and how, is the engine's business.

export interface RunningWebrtc {
  /** WHEP on loopback: `POST {webrtcUrl}/{path}/whep`. */
  readonly webrtcUrl: string;
  /** Value of `Authorization` that may read every path: the secret of this process. */
  readonly authorization: string;
  readonly api: {
    /** Those that read, and those that publish. */
    sessions(kind: "webrtcsessions"): Promise<readonly ListedSession[]>;
    /** False when there is no such session any more. */
    kick(kind: "webrtcsessions", id: string): Promise<boolean>;
    path(name: string): Promise<{ readonly available: boolean } | undefined>;
    /** Whether its configuration was made here; it goes when the server's file is edited. */
    hasPath(name: string): Promise<boolean>;
    /** Makes or replaces a path's configuration; what reads it is ended. */
    setPath(name: string, config: Readonly<Record<string, unknown>>): Promise<void>;
    /** False when there was none. */
    removePath(name: string): Promise<boolean>;
  };
}

export interface ListedSession {
  readonly id: string;
  readonly path: string;
  /** `read` or `publish`. */
  readonly state: string;
}

export interface WebrtcServer {
  /** Undefined while it does not run. With another `api` after each start: nothing of what the one before knew is left. */
  readonly running: RunningWebrtc | undefined;
}

/** Whether it is the same run of the media server. */
export const isSameRun = (a: RunningWebrtc | undefined, b: RunningWebrtc | undefined): boolean => a?.api === b?.api;
