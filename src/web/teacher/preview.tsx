// The picture as students see it, without sound at first. Off by a switch: it costs this computer and the network a little.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { keepOverlayOff } from "../common/firefox-overlay.ts";
import { inLanguage } from "../common/language.ts";
import { keepValue, keptValue } from "../common/kept.ts";
import { IconButton } from "../common/ui/button.tsx";
import { Icon } from "../common/ui/icon.tsx";
import { createClassPlayer, type ClassPlayerState } from "../player/class-player.ts";
import { classTexts, type Phase } from "./class-texts.ts";
import type { TeacherPage } from "./teacher-page.ts";

const switchKey = "airclass.preview";

export interface PreviewProps {
  readonly page: TeacherPage;
  /** Of the class. */
  readonly name: string;
  readonly phase: Phase;
}

/** @param children what stands beside the picture */
export function Preview({ page, name, phase, children }: PreviewProps & { readonly children: ComponentChildren }) {
  const texts = inLanguage(classTexts);
  const [on, setOn] = useState(keptValue(switchKey) !== "off");
  const turn = (): void => {
    keepValue(switchKey, on ? "off" : undefined);
    setOn(!on);
  };
  const isComing = phase === "live" || phase === "waiting";
  return (
    <div class="preview">
      <div class="panel-head">
        <h2>{texts.sections.picture}</h2>
        <button class="switch" id="preview-switch" type="button" role="switch" aria-checked={on} onClick={turn}>
          <span>{texts.preview}</span>
          <span class="switch-track" aria-hidden="true" />
        </button>
      </div>
      <div class="preview-row">
        {on && isComing ? (
          <div class="stage">
            <Picture key={name} page={page} name={name} phase={phase} />
          </div>
        ) : (
          <div class="stage without">
            <Icon name="screen" />
            <p>{on || !isComing ? texts.noPicture[phase] : texts.previewOff}</p>
          </div>
        )}
        {children}
      </div>
    </div>
  );
}

function Picture({ page, name, phase }: PreviewProps) {
  const texts = inLanguage(classTexts);
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<ClassPlayerState>();
  const [muted, setMuted] = useState(true);
  useEffect(() => {
    const element = video.current;
    if (element === null) return undefined;
    keepOverlayOff(element);
    const player = createClassPlayer({
      video: element,
      className: name,
      userId: "teacher",
      userType: "teacher",
      tokenFetcher: (address, init) => {
        const headers = new Headers(init?.headers);
        const csrfToken = page.csrfToken();
        if (csrfToken !== undefined) headers.set("x-csrf-token", csrfToken);
        return fetch(address, { ...init, headers });
      },
      onState: setState,
    });
    return () => player.stop();
  }, [page, name]);
  const isPlaying = state?.phase === "playing" || state?.phase === "paused";
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- nobody has written down what a teacher is just saying */}
      <video ref={video} id="preview" muted={muted} autoplay playsInline aria-label={texts.sections.picture} />
      {!isPlaying && (
        <p class="stage-text" role="status">
          {state?.phase === "refused" ? texts.previewRefused : texts.noPicture[phase]}
        </p>
      )}
      {isPlaying && (
        <span class="stage-sound">
          <IconButton
            id="preview-sound"
            icon={muted ? "soundOff" : "sound"}
            label={muted ? texts.listen : texts.mute}
            onClick={() => setMuted(!muted)}
          />
        </span>
      )}
    </>
  );
}
