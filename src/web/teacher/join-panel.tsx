// How students get in: the code, the link, something to scan, and all of it on the wall.
import { useState } from "preact/hooks";
import type { ClassView } from "../../shared/protocol/classes.ts";
import { inLanguage } from "../common/language.ts";
import { Note } from "../common/ui/badge.tsx";
import { Button } from "../common/ui/button.tsx";
import { CopyField } from "../common/ui/copy-field.tsx";
import { QrCode } from "../common/ui/qr-code.tsx";
import { classTexts } from "./class-texts.ts";
import { groupedCode, joinLinks } from "./join-links.ts";
import { Wall } from "./wall.tsx";

export function JoinPanel({ view }: { readonly view: ClassView }) {
  const texts = inLanguage(classTexts);
  const [onWall, setOnWall] = useState(false);
  const { link, isOnlyHere } = joinLinks(view);
  return (
    <section class="card panel" aria-labelledby="join-title">
      <h2 id="join-title">{texts.sections.join}</h2>
      <div class="join">
        <div>
          {view.open ? (
            <p>{texts.noCode}</p>
          ) : (
            <>
              <p class="soft small">{texts.code}</p>
              <p class="code numbers" id="join-code" aria-label={view.join_code.split("").join(" ")}>
                {groupedCode(view.join_code)}
              </p>
            </>
          )}
        </div>
        <div>
          <QrCode text={link} label={texts.qr(view.title)} />
        </div>
      </div>
      <CopyField id="join-link" label={texts.link} value={link} />
      {isOnlyHere && (
        <Note tone="warn" icon="alert">
          {texts.onlyHere}
        </Note>
      )}
      <Button id="wall" icon="fullscreen" onClick={() => setOnWall(true)}>
        {texts.wall}
      </Button>
      {onWall && <Wall view={view} onEnd={() => setOnWall(false)} />}
    </section>
  );
}
