// The student page: join, then play. The address says which class: /watch/<class>, optionally with #<join code>.
import "./watch.css";
import { createPlayer, type Player, type PlayerStats } from "../player/player.ts";
import { createTokenClient } from "../player/token-client.ts";
import { isTemporary, type TokenGrant, type TokenRefusal } from "../player/token-grant.ts";
import { createTokenSession, type TokenSession } from "../player/token-session.ts";
import { createBackoff } from "../../shared/kernel/backoff.ts";
import { classOfAddress } from "./class-address.ts";
import { createMemory, localStorageOrNone } from "./remembered.ts";
import { texts } from "./texts.ts";
import { createWatchView } from "./watch-view.ts";

declare global {
  interface Window {
    /** Read-only figures for tests and for support over the phone. */
    airclass?: Readonly<PlayerStats>;
  }
}

const view = createWatchView();
const memory = createMemory(localStorageOrNone());
const client = createTokenClient("", (...request) => fetch(...request), Date.now);
const className = classOfAddress(location.pathname);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function startPlaying(grant: TokenGrant, name: string, joinCode: string | undefined): void {
  let session: TokenSession | undefined;
  let player: Player | undefined;
  view.showStage(name);
  view.setNotice(texts.phases.connecting, true);
  session = createTokenSession(
    { userId: name, className: className ?? "", joinCode },
    grant,
    {
      client,
      monotonicMs: () => performance.now(),
      random: Math.random,
      schedule(work, delayMs) {
        const timer = setTimeout(work, delayMs);
        return () => clearTimeout(timer);
      },
    },
    { moved: () => player?.reload(), refused: () => player?.refuse() },
  );
  player = createPlayer({
    video: view.video,
    session,
    random: Math.random,
    onState: ({ phase }) => view.setNotice(texts.phases[phase], phase !== "refused"),
  });
  const playing = player;
  setInterval(() => {
    const { latencyS, state } = playing.stats();
    view.setDelay(state === "playing" ? latencyS : undefined);
    view.setUnmutable(view.video.muted && state === "playing");
  }, 500);
  Object.defineProperty(window, "airclass", { get: () => Object.freeze(playing.stats()), configurable: true });
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

async function join(name: string, joinCode: string): Promise<void> {
  const backoff = createBackoff({ minMs: 1_000, maxMs: 8_000 });
  const code = joinCode === "" ? undefined : joinCode;
  view.setJoining(true);
  for (;;) {
    const answer = await client.join({ userId: name, className: className ?? "", joinCode: code });
    if (answer.granted) {
      memory.remember(className ?? "", { name, joinCode: code });
      startPlaying(answer.grant, name, code);
      return;
    }
    const { refusal } = answer;
    if (!isTemporary(refusal)) {
      showRefusal(refusal, name, joinCode);
      return;
    }
    view.showStage(name);
    view.setNotice(texts.refusals[refusal.reason], true);
    // Retry-After is the same for all who were refused: the backoff spreads them.
    await wait((refusal.retryAfterS ?? 0) * 1000 + backoff.next());
  }
}

function showRefusal({ reason }: TokenRefusal, name: string, joinCode: string): void {
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
  view.onJoin((name, joinCode) => void join(name, joinCode));
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
  if (remembered) void join(remembered.name, joinCode);
  else view.showForm({ name: "", joinCode, needsCode: joinCode !== "", intro: texts.joinIntro, error: undefined });
}

open();
