// Which students watch, and who was sent away. One row for each, and no more rows than a page can carry.
import { useEffect, useRef, useState } from "preact/hooks";
import type { ClassViewers } from "../../shared/protocol/class-viewers.ts";
import { inLanguage, language } from "../common/language.ts";
import { formatDuration, formatTime } from "../common/time-format.ts";
import { Badge, Note } from "../common/ui/badge.tsx";
import { Field } from "../common/ui/field.tsx";
import { Icon } from "../common/ui/icon.tsx";
import { toast } from "../common/ui/toasts.tsx";
import { AskDialog } from "./ask-dialog.tsx";
import { classTexts } from "./class-texts.ts";
import { manageTexts } from "./manage-texts.ts";
import { problemSentence } from "./problem-texts.ts";
import type { TeacherPage } from "./teacher-page.ts";
import { shownViewers, studentsOf, type Viewer } from "./viewer-list.ts";

/** Who comes or goes changes the count, which asks at once: this is for what the count does not tell. */
const everyMs = 15_000;
/** So many can be looked through without a search. */
const manyViewers = 10;

export interface ViewersPanelProps {
  readonly page: TeacherPage;
  readonly name: string;
  readonly students: number;
  /** With teachers; changes when somebody comes or goes: then the list is asked for at once. */
  readonly viewers: number;
  /** The server's clock, Unix ms: this device's may be wrong. */
  readonly nowMs: number;
}

export function ViewersPanel({ page, name, students, viewers: count, nowMs }: ViewersPanelProps) {
  const [texts, sections] = [inLanguage(manageTexts), inLanguage(classTexts).sections];
  const { viewers, reload } = useViewers(page, name, count);
  const [typed, setTyped] = useState("");
  const [leaving, setLeaving] = useState<Viewer>();
  const heading = useRef<HTMLHeadingElement>(null);
  const watching = viewers?.viewers ?? [];
  const all = studentsOf(watching);
  const previews = watching.length - all.length;
  const { shown, found } = shownViewers(all, typed, language());
  return (
    <section class="card panel" id="viewers" aria-labelledby="viewers-title">
      <div class="panel-head">
        <h2 id="viewers-title" ref={heading} tabIndex={-1}>
          {sections.viewers}
        </h2>
        <Badge tone="plain" icon="people">
          <span class="numbers">{viewers ? viewers.total - previews : students}</span>
        </Badge>
      </div>
      {(all.length > manyViewers || typed !== "") && (
        <Field id="find-viewer" label={texts.search} value={typed} onInput={setTyped} input={{ autocomplete: "off" }} />
      )}
      {all.length === 0 ? (
        <p class="none soft">
          <strong>{texts.none}</strong> <span class="small">{texts.noneHint}</span>
        </p>
      ) : (
        <ul class="viewers">
          {shown.map((viewer) => (
            <Row key={viewer.jti} viewer={viewer} nowMs={nowMs} onRemove={setLeaving} />
          ))}
        </ul>
      )}
      {all.length > 0 && found === 0 && <p class="soft small">{texts.nothingFound}</p>}
      {found > shown.length && <p class="soft small">{texts.more(shown.length, found)}</p>}
      {previews > 0 && <p class="soft small">{texts.previews(previews)}</p>}
      {(viewers?.missing_nodes.length ?? 0) > 0 && <p class="soft small">{texts.missing(viewers?.missing_nodes.length ?? 0)}</p>}
      <Removed page={page} name={name} removed={viewers?.removed ?? []} onLetIn={reload} />
      {leaving && (
        <AskDialog
          title={texts.removeTitle(leaving.user_id)}
          yes={texts.remove}
          act={() => page.api.removeViewer(name, leaving.jti)}
          onDone={() => {
            setLeaving(undefined);
            toast(texts.removed(leaving.user_id));
            reload();
            // The row that had the focus is gone.
            heading.current?.focus();
          }}
          onClose={() => setLeaving(undefined)}
        >
          <p>{texts.removeText}</p>
        </AskDialog>
      )}
    </section>
  );
}

interface RowProps {
  readonly viewer: Viewer;
  readonly nowMs: number;
  readonly onRemove: (viewer: Viewer) => void;
}

function Row({ viewer, nowMs, onRemove }: RowProps) {
  const texts = inLanguage(manageTexts);
  return (
    <li class="viewer">
      <span class="viewer-name">{viewer.user_id}</span>
      <span class="soft small numbers">{texts.since(formatDuration(nowMs - Date.parse(viewer.watching_since), language()))}</span>
      <button class="button quiet" type="button" aria-label={texts.removeLabel(viewer.user_id)} onClick={() => onRemove(viewer)}>
        {texts.remove}
      </button>
    </li>
  );
}

interface RemovedProps {
  readonly page: TeacherPage;
  readonly name: string;
  readonly removed: ClassViewers["removed"];
  readonly onLetIn: () => void;
}

function Removed({ page, name, removed, onLetIn }: RemovedProps) {
  const texts = inLanguage(manageTexts);
  const [problem, setProblem] = useState<string>();
  if (removed.length === 0) return null;
  const letIn = async (userId: string): Promise<void> => {
    const answer = await page.api.letIn(name, userId);
    setProblem(answer.ok ? undefined : problemSentence(answer.code));
    if (answer.ok) toast(texts.lettingIn(userId));
    onLetIn();
  };
  return (
    <details class="fold removed" id="removed">
      <summary>
        <h3>{texts.removedList(removed.length)}</h3>
        <Icon name="chevron" />
      </summary>
      <ul class="viewers">
        {removed.map(({ user_id: userId, until }) => (
          <li class="viewer" key={userId}>
            <span class="viewer-name">{userId}</span>
            <span class="soft small numbers">{texts.until(formatTime(Date.parse(until), language()))}</span>
            <button class="button quiet" type="button" aria-label={texts.letInLabel(userId)} onClick={() => void letIn(userId)}>
              {texts.letIn}
            </button>
          </li>
        ))}
      </ul>
      {problem !== undefined && (
        <Note tone="bad" icon="alert" role="alert">
          {problem}
        </Note>
      )}
    </details>
  );
}

/** The list, asked for anew every few seconds and when somebody came or went. */
function useViewers(page: TeacherPage, name: string, count: number): { viewers: ClassViewers | undefined; reload: () => void } {
  const [viewers, setViewers] = useState<ClassViewers>();
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isGone = false;
    const load = async (): Promise<void> => {
      const answer = await page.api.viewers(name);
      if (isGone) return;
      // What was known stays while the master does not answer.
      if (answer.ok) setViewers(answer.value);
      timer = setTimeout(() => void load(), document.hidden ? everyMs * 5 : everyMs);
    };
    void load();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [page, name, count, asked]);
  return { viewers, reload: () => setAsked(asked + 1) };
}
