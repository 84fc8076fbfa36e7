// The bar over the picture: playback, sound, the way back to live, quality, and larger or smaller pictures.
import type { TargetedEvent } from "preact";
import { inLanguage } from "../common/language.ts";
import { Icon, type IconName } from "../common/ui/icon.tsx";
import { setVolume, toggleMute, togglePlay, type Classroom } from "./classroom.ts";
import { QualityMenu } from "./quality-menu.tsx";
import { studentTexts } from "./student-texts.ts";

interface ControlProps {
  readonly id: string;
  readonly icon: IconName;
  readonly label: string;
  /** Shown with the tooltip. */
  readonly shortcut: string;
  readonly onClick: () => void;
}

function Control({ id, icon, label, shortcut, onClick }: ControlProps) {
  return (
    <button id={id} class="control" type="button" aria-label={label} title={`${label} (${shortcut})`} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

function VolumeSlider({ room: { video, playing } }: { readonly room: Classroom }) {
  const percent = Math.round((playing.muted.value ? 0 : playing.volume.value) * 100);
  return (
    <input
      id="volume"
      class="volume"
      type="range"
      min={0}
      max={100}
      step={5}
      value={percent}
      aria-label={inLanguage(studentTexts).volume}
      style={{ "--part": `${percent}%` }}
      onInput={(event: TargetedEvent<HTMLInputElement>) => setVolume(video, Number(event.currentTarget.value) / 100)}
    />
  );
}

/** Quiet while it is live, a clear way back when it is not. */
function LiveButton({ room: { student } }: { readonly room: Classroom }) {
  const texts = inLanguage(studentTexts);
  const { delayS, behindS, isBehind } = student.figures.value;
  if (isBehind) {
    return (
      <button id="live" class="live behind" type="button" title={`${texts.goLive} (l)`} onClick={() => student.goLive()}>
        <Icon name="live" />
        <span>
          {texts.goLive}
          <span class="live-delay">
            {" · "}
            {texts.wholeSeconds(behindS)}
          </span>
          <span class="unseen">{texts.behind}</span>
        </span>
      </button>
    );
  }
  return (
    <button id="live" class="live" type="button" title={texts.delayHint} onClick={() => student.goLive()}>
      <span class="live-dot" aria-hidden="true" />
      <span>
        {texts.live}
        {delayS !== undefined && (
          <>
            <span class="live-delay">
              {" · "}
              {texts.seconds(delayS)}
            </span>
            <span class="unseen">{texts.behind}</span>
          </>
        )}
      </span>
    </button>
  );
}

export function Controls({ room }: { readonly room: Classroom }) {
  const { student, playing, smallPicture, fullscreen, controls, hasVolume } = room;
  const texts = inLanguage(studentTexts);
  const hasPicture = student.notice.value === undefined || student.notice.value === "buffering";
  const isSilent = playing.muted.value || playing.volume.value === 0;
  return (
    <div class={`controls ${controls.shown.value ? "" : "gone"}`} role="group" aria-label={texts.controls} data-over>
      {hasPicture && (
        <>
          <Control
            id="play"
            icon={playing.paused.value ? "play" : "pause"}
            label={playing.paused.value ? texts.play : texts.pause}
            shortcut="k"
            onClick={() => togglePlay(room)}
          />
          <Control
            id="mute"
            icon={isSilent ? "soundOff" : "sound"}
            label={isSilent ? texts.unmute : texts.mute}
            shortcut="m"
            onClick={() => toggleMute(room)}
          />
          {hasVolume && <VolumeSlider room={room} />}
          <LiveButton room={room} />
        </>
      )}
      <span class="grow" />
      {hasPicture && <QualityMenu room={room} />}
      {hasPicture && smallPicture.toggle && (
        <Control
          id="pip"
          icon="pip"
          label={smallPicture.isOn.value ? texts.pipEnd : texts.pip}
          shortcut="p"
          onClick={smallPicture.toggle}
        />
      )}
      {fullscreen.toggle && (
        <Control
          id="fullscreen"
          icon={fullscreen.isOn.value ? "fullscreenEnd" : "fullscreen"}
          label={fullscreen.isOn.value ? texts.fullscreenEnd : texts.fullscreen}
          shortcut="f"
          onClick={fullscreen.toggle}
        />
      )}
    </div>
  );
}
