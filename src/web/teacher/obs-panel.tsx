// How to start in OBS: the two lines that it needs, where they go, and the one setting that makes the delay short.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ClassLive } from "../../shared/protocol/class-live.ts";
import { inLanguage } from "../common/language.ts";
import { Note } from "../common/ui/badge.tsx";
import { Button } from "../common/ui/button.tsx";
import { CopyField } from "../common/ui/copy-field.tsx";
import { Icon } from "../common/ui/icon.tsx";
import { toast } from "../common/ui/toasts.tsx";
import { AskDialog } from "./ask-dialog.tsx";
import { ObsPicture } from "./obs-picture.tsx";
import { obsTexts } from "./obs-texts.ts";
import type { TeacherPage } from "./teacher-page.ts";

/** Open where somebody is about to start; makes room for the picture when it comes. Else it stays as it is left. */
export function ObsPanel({ page, live }: { readonly page: TeacherPage; readonly live: ClassLive }) {
  const texts = inLanguage(obsTexts);
  const { name, rtmp_url: server } = live.class;
  const key = page.keyOf(name);
  const streamKey = key === undefined ? undefined : `${name}?key=${key}`;
  const [open, setOpen] = useState(streamKey !== undefined || live.phase === "idle");
  const [asking, setAsking] = useState(false);
  const isLive = live.phase === "live";
  const wasLive = useRef(isLive);
  useEffect(() => {
    if (isLive && !wasLive.current) setOpen(false);
    wasLive.current = isLive;
  }, [isLive]);
  return (
    <section class="card panel" aria-labelledby="obs-title">
      <details class="fold" id="obs" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <h2 id="obs-title">{texts.title}</h2>
          <Icon name="chevron" />
        </summary>
        <div class="obs">
          <div class="obs-steps">
            <p class="soft small">{texts.intro}</p>
            <ol class="steps">
              {texts.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          </div>
          <ObsPicture server={server} streamKey={streamKey} />
          <div class="obs-lines">
            <Line step="1" label={texts.server}>
              <CopyField id="obs-server" label={texts.server} value={server} />
            </Line>
            <Line step="2" label={texts.streamKey}>
              {streamKey === undefined ? (
                <p class="soft" id="obs-key-unknown">
                  {texts.keyUnknown}
                </p>
              ) : (
                <>
                  <CopyField id="obs-key" label={texts.streamKey} value={streamKey} />
                  <p class="small key-once">{texts.keyOnce}</p>
                </>
              )}
            </Line>
            <div>
              <Button id="rotate-key" icon="key" onClick={() => setAsking(true)}>
                {texts.newKey}
              </Button>
            </div>
            <Note tone="plain" icon="clock">
              <strong>{texts.keyframesTitle}</strong>
              <p class="small">{texts.keyframes}</p>
            </Note>
          </div>
        </div>
      </details>
      {asking && (
        <AskDialog
          title={texts.rotateTitle}
          yes={texts.rotate}
          kind={live.phase === "live" ? "danger" : "primary"}
          act={() => page.api.rotateKey(name)}
          onDone={(made) => {
            page.keepKey(name, made.stream_key);
            setAsking(false);
            setOpen(true);
            toast(texts.rotated);
          }}
          onClose={() => setAsking(false)}
        >
          <p>{texts.rotateText}</p>
          {live.phase === "live" && (
            <Note tone="warn" icon="alert">
              {texts.rotateLive}
            </Note>
          )}
        </AskDialog>
      )}
    </section>
  );
}

function Line({ step, label, children }: { readonly step: string; readonly label: string; readonly children: ComponentChildren }) {
  return (
    <div class="obs-entry">
      <p class="obs-entry-label" aria-hidden="true">
        <span class="step-mark">{step}</span>
        {label}
      </p>
      {children}
    </div>
  );
}
