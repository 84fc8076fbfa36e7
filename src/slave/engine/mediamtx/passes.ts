// Passwords for one path and a few seconds, for programs of ours: their arguments can be read by others on this machine, and
// must not show the slave's own secret. Pure, but for randomness.
import { randomSecret } from "../../../shared/tokens/random-secrets.ts";

export interface Pass {
  readonly action: "publish" | "read";
  /** Path of MediaMTX. */
  readonly media: string;
}

export interface Passes {
  issue(pass: Pass, nowMs: number): string;
  isGood(password: string, wanted: { readonly action: string; readonly media: string }, nowMs: number): boolean;
}

/** ffmpeg connects within a second, also on a busy machine within this. */
const lifetimeMs = 10_000;
const maxPasses = 1_000;

export function createPasses(): Passes {
  const issued = new Map<string, Pass & { readonly untilMs: number }>();
  return {
    issue(pass, nowMs) {
      for (const [password, { untilMs }] of issued) if (untilMs < nowMs || issued.size >= maxPasses) issued.delete(password);
      const password = randomSecret();
      issued.set(password, { ...pass, untilMs: nowMs + lifetimeMs });
      return password;
    },
    isGood(password, { action, media }, nowMs) {
      const pass = issued.get(password);
      return pass !== undefined && pass.untilMs >= nowMs && pass.action === action && pass.media === media;
    },
  };
}
