// The student page, at `/` and `/watch/<class>`: puts its parts together and keeps the tab's title, the screen and the
// device's media keys up to date.
import "../common/base.css";
import "./stage.css";
import "./controls.css";
import "./student.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { createApiClient } from "../common/api-client.ts";
import { keepOverlayOff } from "../common/firefox-overlay.ts";
import { keepValue, keptValue } from "../common/kept.ts";
import { inLanguage } from "../common/language.ts";
import { TopBar } from "../common/ui/top-bar.tsx";
import { preparePlayback, type ClassPhase } from "../player/class-player.ts";
import { ClassInfo } from "./class-info.tsx";
import type { Classroom } from "./classroom.ts";
import { createControlsTimer } from "./controls-timer.ts";
import { JoinForm } from "./join-form.tsx";
import { createMemory } from "./remembered.ts";
import { createFullscreen, createSmallPicture } from "./screen-modes.ts";
import { startSound } from "./sound-start.ts";
import { Stage } from "./stage.tsx";
import { createStayAwake } from "./stay-awake.ts";
import { createStudent } from "./student.ts";
import { studentTexts } from "./student-texts.ts";
import { canSetVolume, watchVideo } from "./video-signals.ts";

function makeVideo(): HTMLVideoElement {
  const video = document.createElement("video");
  video.id = "video";
  // As attributes: iPhones look for them there.
  for (const name of ["playsinline", "autoplay", "muted"]) video.setAttribute(name, "");
  video.muted = true;
  keepOverlayOff(video);
  return video;
}

const video = makeVideo();
const sound = startSound(video);
const student = createStudent({
  video,
  memory: createMemory({ get: keptValue, set: keepValue }),
  client: createApiClient({ fetcher: (...request) => fetch(...request), csrfToken: () => undefined, signedOut: () => undefined }),
  needsTouch: () => sound.offer.value === "play",
});
const room: Classroom = {
  student,
  video,
  sound,
  playing: watchVideo(video),
  controls: createControlsTimer(),
  fullscreen: createFullscreen(video, () => document.querySelector<HTMLElement>("#stage")),
  smallPicture: createSmallPicture(video),
  hasVolume: canSetVolume(),
};

function Page() {
  const isWatching = student.screen.value === "stage";
  return (
    <div class={`page ${isWatching ? "watching" : "asking"}`}>
      <TopBar home="/" />
      <main>
        <Stage room={room} />
        {isWatching ? <ClassInfo student={student} /> : <JoinForm room={room} />}
      </main>
    </div>
  );
}

effect(() => {
  const texts = inLanguage(studentTexts);
  const name = student.title.value ?? texts.codeTitle;
  document.title = `${student.screen.value === "stage" ? `${texts.states[student.mood.value]} · ` : ""}${name} – AIRClass`;
});

const awake = createStayAwake();
const keepsAwake = (phase: ClassPhase): boolean => phase === "playing" || phase === "buffering" || phase === "reconnecting";
effect(() => awake.set(student.screen.value === "stage" && keepsAwake(student.state.value.phase)));

effect(() => {
  // For the lock screen and for media keys.
  if ("mediaSession" in navigator && student.screen.value === "stage")
    navigator.mediaSession.metadata = new MediaMetadata({ title: student.title.value ?? "", artist: "AIRClass" });
});

render(<Page />, document.querySelector("#app") ?? document.body);
// Once the form is there: what plays is far larger than what asks.
if (student.screen.value === "form") setTimeout(preparePlayback, 0);
