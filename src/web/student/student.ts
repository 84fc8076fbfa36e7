// The life of the student page: who joins which class, the player of the moment, and what there is to show of it.
// Decides by the pure parts beside it; knows no element but the video.
import { batch, computed, signal, type ReadonlySignal } from "@preact/signals";
import type { ApiClient } from "../common/api-client.ts";
import { createClassPlayer, type ClassPlayer, type ClassPlayerState, type ClassPlayerStats } from "../player/class-player.ts";
import { webrtcQualityId } from "../player/playback.ts";
import { readAddress, watchPath } from "./class-address.ts";
import { findClass } from "./find-class.ts";
import { firstForm, isCode, isForForm, refusedForm, tidyCode, tidyName, type FormState } from "./form-state.ts";
import { moodOf, roundedDelayS, type ClassMood } from "./live-state.ts";
import { noticeOf, type NoticeState } from "./notice.ts";
import { offeredChoice, qualityOptions, type QualityOption } from "./quality-choice.ts";
import type { Memory } from "./remembered.ts";

declare global {
  interface Window {
    /** Read-only figures for tests and for support over the phone. */
    airclass?: Readonly<ClassPlayerStats> | undefined;
  }
}

/** What is read from the player now and then. */
export interface Figures {
  readonly delayS: number | undefined;
  readonly behindS: number;
  readonly isBehind: boolean;
  readonly qualities: readonly QualityOption[];
  readonly quality: string;
  readonly playingQuality: string | undefined;
}

export interface Student {
  readonly screen: ReadonlySignal<"form" | "stage">;
  readonly form: ReadonlySignal<FormState>;
  /** Of the class, as well as it is known; undefined on a page without one. */
  readonly title: ReadonlySignal<string | undefined>;
  readonly name: ReadonlySignal<string>;
  readonly state: ReadonlySignal<ClassPlayerState>;
  readonly notice: ReadonlySignal<NoticeState | undefined>;
  readonly mood: ReadonlySignal<ClassMood>;
  readonly figures: ReadonlySignal<Figures>;
  edit(changes: Partial<Pick<FormState, "name" | "code">>): void;
  submit(): Promise<void>;
  /** To the form for the code of another class. */
  useCode(): void;
  /** Somebody else sits here now: name and code are forgotten. */
  leave(): void;
  tryAgain(): void;
  setQuality(id: string): void;
  goLive(): void;
}

const readEveryMs = 500;
const nothing: Figures = { delayS: undefined, behindS: 0, isBehind: false, qualities: [], quality: "auto", playingQuality: undefined };
const beginning: ClassPlayerState = { phase: "joining", refusal: undefined, position: undefined, classTitle: undefined };

/** @param needsTouch whether the browser waits for one before it plays at all */
export function createStudent(deps: {
  readonly video: HTMLVideoElement;
  readonly memory: Memory;
  readonly client: ApiClient;
  readonly needsTouch: () => boolean;
}): Student {
  const { video, memory, client } = deps;
  const address = readAddress(location.pathname, location.hash);
  const remembered = memory.recall(address.className);
  let player: ClassPlayer | undefined;
  let phaseSinceMs = performance.now();

  const className = signal(address.className);
  const knownTitle = signal(remembered.title);
  const screen = signal<"form" | "stage">("form");
  const form = signal(firstForm(address.className, remembered.name, address.joinCode ?? remembered.joinCode ?? ""));
  const state = signal(beginning);
  const notice = signal<NoticeState | undefined>("joining");
  const figures = signal(nothing);
  const name = signal(remembered.name);

  const showForm = (next: FormState): void => {
    player?.stop();
    player = undefined;
    batch(() => {
      form.value = next;
      screen.value = "form";
      figures.value = nothing;
    });
  };

  function enter(joinCode: string | undefined): void {
    const joined = className.value;
    if (joined === undefined) return;
    player?.stop();
    onState(beginning);
    const current = createClassPlayer({
      video,
      className: joined,
      userId: name.value,
      joinCode,
      onState(next) {
        if (player === current) onPlayerState(next, joined, joinCode);
      },
    });
    if (memory.prefersWebrtc()) current.setQuality(webrtcQualityId);
    player = current;
  }

  function onPlayerState(next: ClassPlayerState, joined: string, joinCode: string | undefined): void {
    if (next.phase === "refused" && isForForm(next.refusal)) {
      showForm(refusedForm({ ...form.value, name: name.value, code: joinCode ?? form.value.code }, next.refusal));
      return;
    }
    if (next.phase !== "joining" && next.phase !== "refused") {
      knownTitle.value = next.classTitle ?? knownTitle.value;
      memory.remember(joined, { name: name.value, joinCode, title: knownTitle.value });
    }
    onState(next);
    screen.value = "stage";
  }

  function onState(next: ClassPlayerState): void {
    if (next.phase !== state.value.phase) phaseSinceMs = performance.now();
    batch(() => {
      state.value = next;
      read();
    });
  }

  function read(): void {
    const { phase, refusal } = state.value;
    const waitsForTouch = deps.needsTouch() && phase === "connecting";
    notice.value = waitsForTouch
      ? undefined
      : noticeOf({ phase, refusal, online: navigator.onLine, phaseForMs: performance.now() - phaseSinceMs });
    if (player === undefined) return;
    const stats = player.stats();
    const qualities = qualityOptions(player.qualities());
    const next: Figures = {
      delayS: stats?.state === "playing" ? roundedDelayS(stats.latencyS) : undefined,
      behindS: Math.round(player.behindLiveS() ?? 0),
      isBehind: player.isBehind(),
      qualities,
      quality: offeredChoice(qualities, player.quality()),
      playingQuality: player.playingQuality(),
    };
    // Most of the time nothing has changed that anybody sees.
    if (JSON.stringify(next) !== JSON.stringify(figures.value)) figures.value = next;
  }

  setInterval(read, readEveryMs);
  for (const event of ["online", "offline"]) addEventListener(event, read);
  addEventListener("popstate", () => location.reload());
  Object.defineProperty(window, "airclass", {
    get: () => {
      const stats = player?.stats();
      return stats && Object.freeze(stats);
    },
  });

  async function submit(): Promise<void> {
    const before = form.value;
    if (before.busy) return;
    const given = { ...before, name: tidyName(before.name), code: tidyCode(before.code), problem: undefined };
    const asksCode = given.asks !== "name";
    if (given.name === "") form.value = { ...given, problem: { kind: "bad_name" } };
    else if (asksCode && !isCode(given.code)) form.value = { ...given, problem: { kind: "code_shape" } };
    else {
      form.value = { ...given, busy: true };
      name.value = given.name;
      if (given.asks === "code_and_name" && !(await goToClassOf(given))) return;
      enter(given.code === "" ? undefined : given.code);
    }
  }

  async function goToClassOf(given: FormState): Promise<boolean> {
    const answer = await findClass(client, given.code);
    if (!answer.found) {
      form.value = { ...given, busy: false, problem: answer.problem };
      return false;
    }
    history.pushState(null, "", watchPath(answer.className));
    batch(() => {
      className.value = answer.className;
      knownTitle.value = answer.title;
    });
    return true;
  }

  if (address.className !== undefined && remembered.name !== "") {
    screen.value = "stage";
    enter(form.value.code === "" ? undefined : form.value.code);
  }

  return {
    screen,
    form,
    title: computed(() => knownTitle.value ?? className.value),
    name,
    state,
    notice,
    mood: computed(() => moodOf({ phase: state.value.phase, notice: notice.value, isBehind: figures.value.isBehind })),
    figures,
    edit(changes) {
      form.value = { ...form.value, ...changes };
    },
    submit,
    useCode() {
      form.value = { ...firstForm(undefined, form.value.name, ""), name: form.value.name };
    },
    leave() {
      if (className.value !== undefined) memory.forget(className.value);
      name.value = "";
      showForm(firstForm(className.value, "", address.joinCode ?? ""));
    },
    tryAgain: () => enter(form.value.code === "" ? undefined : form.value.code),
    setQuality(id) {
      memory.preferWebrtc(id === webrtcQualityId);
      player?.setQuality(id);
      read();
    },
    goLive: () => player?.goLive(),
  };
}
