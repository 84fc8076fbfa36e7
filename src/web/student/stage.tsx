// The picture and what lies over it: notices, what the browser wants a touch for, controls, and news for screen readers.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useSignalEffect } from "@preact/signals";
import { inLanguage } from "../common/language.ts";
import { Icon } from "../common/ui/icon.tsx";
import { setVolume, toggleMute, togglePlay, type Classroom } from "./classroom.ts";
import { Controls } from "./controls.tsx";
import type { PlayerAction } from "./keyboard-map.ts";
import { noticeText, NoticeView } from "./notice-view.tsx";
import { listenToStage } from "./stage-input.ts";
import { studentTexts } from "./student-texts.ts";

const volumeStep = 0.1;

/** A touch that the browser waits for, or that takes a pause back. */
function Offer({ room }: { readonly room: Classroom }) {
  const { student, sound, playing } = room;
  const texts = inLanguage(studentTexts);
  if (student.notice.value !== undefined) return null;
  const isPaused = student.state.value.phase === "paused" && playing.paused.value;
  if (sound.offer.value === "play" || isPaused) {
    return (
      <button id="big-play" class="big-play" type="button" aria-label={texts.play} onClick={() => togglePlay(room)}>
        <Icon name="play" />
      </button>
    );
  }
  return (
    <button id="unmute" class="unmute" type="button" hidden={sound.offer.value !== "sound"} onClick={() => sound.accept()}>
      <Icon name="soundOff" />
      <span>{texts.sound}</span>
    </button>
  );
}

/** One region for all news, politely: notices as they come, and that the picture is there again. */
function Announcer({ room: { student } }: { readonly room: Classroom }) {
  const texts = inLanguage(studentTexts);
  const notice = student.notice.value;
  const said = notice === undefined ? undefined : noticeText(notice, student.state.value.position);
  const mood = student.mood.value;
  return (
    <p class="unseen" id="news" role="status">
      {said ? `${said.title} ${said.next}` : mood === "live" || mood === "paused" ? texts.states[mood] : ""}
    </p>
  );
}

function perform(action: PlayerAction, room: Classroom): void {
  const { student, video, fullscreen, smallPicture } = room;
  if (action === "toggle_fullscreen") fullscreen.toggle?.();
  else if (student.notice.value === undefined || student.notice.value === "buffering") {
    if (action === "toggle_play") togglePlay(room);
    else if (action === "toggle_mute") toggleMute(room);
    else if (action === "toggle_pip") smallPicture.toggle?.();
    else if (action === "go_live") student.goLive();
    else setVolume(video, (video.muted ? 0 : video.volume) + (action === "volume_up" ? volumeStep : -volumeStep));
  }
}

export function Stage({ room }: { readonly room: Classroom }) {
  const { student, video, controls, sound } = room;
  const stage = useRef<HTMLElement>(null);
  const picture = useRef<HTMLDivElement>(null);
  const texts = inLanguage(studentTexts);
  const isHidden = student.screen.value !== "stage";

  useEffect(() => {
    picture.current?.append(video);
    return listenToStage(stage.current ?? document.body, {
      controls,
      pressedPicture(by) {
        if (student.notice.value !== undefined) return;
        if (sound.offer.value !== "none") sound.accept();
        else if (by === "mouse") togglePlay(room);
      },
      doubleClickedPicture: () => room.fullscreen.toggle?.(),
      act: (action) => perform(action, room),
    });
  }, []);
  useLayoutEffect(() => {
    if (!isHidden) stage.current?.focus({ preventScroll: true });
  }, [isHidden]);
  useSignalEffect(() => {
    video.setAttribute("aria-label", inLanguage(studentTexts).picture);
    controls.hold("paused", student.state.value.phase === "paused");
    controls.hold("notice", student.notice.value !== undefined && student.notice.value !== "buffering");
  });

  return (
    <section
      ref={stage}
      id="stage"
      class={`stage ${controls.shown.value ? "" : "idle"}`}
      hidden={isHidden}
      tabIndex={-1}
      aria-label={texts.picture}
    >
      <div class="picture" ref={picture} />
      <NoticeView student={student} />
      <Offer room={room} />
      <p class={`stage-title ${controls.shown.value ? "" : "gone"}`} aria-hidden="true">
        {student.title.value}
      </p>
      <Controls room={room} />
      <Announcer room={room} />
    </section>
  );
}
