// What a picture of a page is made from: who looks, at what, with which device. The tables of shots are beside this file.
import type { Page } from "playwright-core";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import type { Cluster } from "../../test/support/cluster.ts";

export type Device = "phone" | "desktop";

/** What the shots are taken of: a cluster with three slaves, and classes in the states that pages show. */
export interface Stage {
  readonly cluster: Cluster;
  readonly masterUrl: string;
  /** A class by its name, with its keys; made when it is asked for the first time (open to everybody). */
  lesson(name: string, options?: { title?: string; open?: boolean }): Promise<ClassWithKey>;
  /** The same, with a teacher who publishes for as long as the tool runs. Resolves when it can be watched. */
  liveLesson(name: string, options?: { title?: string; open?: boolean }): Promise<ClassWithKey>;
  /** An admin call. @throws Error with the answer when it is refused */
  admin<Body = unknown>(method: string, path: string, body?: unknown): Promise<Body>;
}

export interface Shot {
  /** The folder: `student`, `teacher`, `cluster`, `sign-in`. */
  readonly page: string;
  /** The file's name begins with it. */
  readonly state: string;
  readonly devices: readonly Device[];
  /** Whose session the browser has; none by default. A name: the teacher of that class. */
  readonly signedIn?: "admin" | { readonly teacherOf: string };
  /** Brings the cluster into the state; once, before the browser opens. */
  readonly before?: (stage: Stage) => Promise<unknown>;
  /** Why it cannot be taken on this machine; undefined when it can. */
  readonly unless?: () => Promise<string | undefined>;
  /** The address, below the master's; a whole one of a cluster that only this shot has. */
  readonly path: string | ((stage: Stage) => Promise<string>);
  /** On the opened page: clicks and waits until it shows the state. Sentences are in English then. */
  readonly reach: (page: Page, stage: Stage) => Promise<unknown>;
  /** Brings the cluster back; also after a failure. */
  readonly after?: (stage: Stage) => Promise<unknown>;
  /** Only what fits on the screen: for what lies over the page. By default the whole page, however long. */
  readonly screenOnly?: boolean;
}
