// What the whole page knows while it is open: where somebody is, and the stream keys that were made on it (they are shown
// nowhere else, and kept nowhere).
import { signal, type ReadonlySignal } from "@preact/signals";
import type { SessionInfo } from "../../shared/protocol/session.ts";
import type { Session } from "../sign-in/session.ts";
import { addressOf, placeOf } from "./place.ts";
import { createTeacherApi, type TeacherApi } from "./teacher-api.ts";

export interface TeacherPage {
  readonly session: Session;
  readonly api: TeacherApi;
  /** The class that is looked at; undefined: the list. */
  readonly place: ReadonlySignal<string | undefined>;
  go(className: string | undefined): void;
  /** Undefined when it was not made on this page. */
  keyOf(className: string): string | undefined;
  keepKey(className: string, streamKey: string): void;
  /** The session's CSRF token, for requests that do not go through `api`. */
  csrfToken(): string | undefined;
  signOut(): Promise<void>;
}

export function createTeacherPage(session: Session, window: Pick<Window, "location" | "history" | "addEventListener">): TeacherPage {
  const place = signal(placeOf(window.location.search));
  const keys = signal<ReadonlyMap<string, string>>(new Map());
  window.addEventListener("popstate", () => {
    place.value = placeOf(window.location.search);
  });
  return {
    session,
    api: createTeacherApi(session.api),
    place,
    go(className) {
      if (className === place.value) return;
      window.history.pushState(null, "", addressOf(className));
      place.value = className;
    },
    keyOf: (className) => keys.value.get(className),
    keepKey(className, streamKey) {
      keys.value = new Map(keys.value).set(className, streamKey);
    },
    csrfToken: () => (typeof session.state.value === "object" ? session.state.value.csrf_token : undefined),
    async signOut() {
      keys.value = new Map();
      await session.signOut();
    },
  };
}

/** A teacher has one class, wherever the address points. */
export const classOf = (info: SessionInfo, place: string | undefined): string | undefined =>
  info.role === "teacher" ? (info.class ?? undefined) : place;
