// The student page: join, then play. The address says which class: /watch/<class>, optionally with #<join code>.
import "./watch.css";
import {
  createClassPlayer,
  type ClassPlayer,
  type ClassPlayerState,
  type ClassPlayerStats,
  type ClassRefusal,
} from "../player/class-player.ts";
import { classOfAddress } from "./class-address.ts";
import { createMemory, localStorageOrNone } from "./remembered.ts";
import { texts } from "./texts.ts";
import { createWatchView } from "./watch-view.ts";

declare global {
  interface Window {
    /** Read-only figures for tests and for support over the phone. */
    airclass?: Readonly<ClassPlayerStats>;
  }
}

const view = createWatchView();
const memory = createMemory(localStorageOrNone());
const className = classOfAddress(location.pathname);

function join(name: string, joinCode: string): void {
  const code = joinCode === "" ? undefined : joinCode;
  let playing = false;
  view.setJoining(true);
  const player = createClassPlayer({ video: view.video, className: className ?? "", userId: name, joinCode: code, onState });

  function onState(state: ClassPlayerState): void {
    if (state.phase === "joining") {
      view.showStage(name);
      if (state.refusal !== undefined) view.setNotice(texts.refusals[state.refusal], true);
    } else if (state.phase === "refused" && !playing && state.refusal !== undefined) {
      player.stop();
      showRefusal(state.refusal, name, joinCode);
    } else {
      if (!playing) startPlaying(player, name, code);
      playing = true;
      view.setNotice(texts.phases[state.phase], state.phase !== "refused");
    }
  }
}

function startPlaying(player: ClassPlayer, name: string, joinCode: string | undefined): void {
  memory.remember(className ?? "", { name, joinCode });
  view.showStage(name);
  setInterval(() => {
    const stats = player.stats();
    view.setDelay(stats?.state === "playing" ? stats.latencyS : undefined);
    view.setUnmutable(view.video.muted && stats?.state === "playing");
  }, 500);
  Object.defineProperty(window, "airclass", { get: () => Object.freeze(player.stats()), configurable: true });
  view.video.addEventListener("loadeddata", () => void startSound(view.video), { once: true });
}

/**
 * With sound once the student has touched the page, else muted: then the page offers a button. Unmuting without a
 * touch would make the browser pause the video.
 */
async function startSound(video: HTMLVideoElement): Promise<void> {
  if (!video.paused && !video.muted) return;
  video.muted = !navigator.userActivation?.hasBeenActive;
  try {
    await video.play();
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return; // interrupted by a new load, which plays by itself
    video.muted = true;
    playOrLeave(video);
  }
}

function playOrLeave(video: HTMLVideoElement): void {
  video.play().catch(() => {
    // Even muted playback waits for a tap (power saving): the video's own controls have the button.
  });
}

function showRefusal(reason: ClassRefusal, name: string, joinCode: string): void {
  view.setJoining(false);
  const needsCode = reason === "join_code_required" || reason === "join_code_wrong" || joinCode !== "";
  // That a class has a code, the student learns here: no mistake yet.
  const isNews = reason === "join_code_required";
  const text = texts.refusals[reason];
  view.showForm({ name, joinCode, needsCode, intro: isNews ? text : texts.joinIntro, error: isNews ? undefined : text });
}

function open(): void {
  if (className === undefined) {
    view.showClass("AIRClass");
    view.showStage("");
    view.setNotice(texts.noClass, false);
    return;
  }
  view.showClass(className);
  view.onJoin(join);
  view.onUnmute(() => {
    view.video.muted = false;
    playOrLeave(view.video);
    view.setUnmutable(false);
  });
  view.onLeave(() => {
    memory.forget(className);
    location.reload();
  });
  const remembered = memory.recall(className);
  const linkedCode = location.hash.slice(1);
  const joinCode = linkedCode === "" ? (remembered?.joinCode ?? "") : linkedCode;
  if (remembered) join(remembered.name, joinCode);
  else view.showForm({ name: "", joinCode, needsCode: joinCode !== "", intro: texts.joinIntro, error: undefined });
}

open();
