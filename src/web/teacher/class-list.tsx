// All classes, for the administrator: what is on now, and the way to a new one.
import { useEffect, useState } from "preact/hooks";
import type { ClassView } from "../../shared/protocol/classes.ts";
import type { StreamsView } from "../../shared/protocol/cluster-views.ts";
import { inLanguage, language } from "../common/language.ts";
import { Badge, Note } from "../common/ui/badge.tsx";
import { Button } from "../common/ui/button.tsx";
import { Field } from "../common/ui/field.tsx";
import { Icon } from "../common/ui/icon.tsx";
import { CreateClass } from "./create-class.tsx";
import { listTexts } from "./list-texts.ts";
import { listedClasses, type ListedClass } from "./listed-classes.ts";
import { PhaseBadge } from "./phase-badge.tsx";
import { addressOf } from "./place.ts";
import type { TeacherPage } from "./teacher-page.ts";
import { ViewTitle } from "./view-title.tsx";

const everyMs = 8_000;
/** So many can be looked through without a search. */
const manyClasses = 8;

interface Known {
  readonly classes: readonly ClassView[];
  readonly streams: StreamsView | undefined;
}

export function ClassList({ page }: { readonly page: TeacherPage }) {
  const texts = inLanguage(listTexts);
  const [known, setKnown] = useState<Known>();
  const [lost, setLost] = useState(false);
  const [typed, setTyped] = useState("");
  const [creating, setCreating] = useState(false);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isGone = false;
    const load = async (): Promise<void> => {
      const [classes, streams] = await Promise.all([page.api.list(), page.api.streams()]);
      if (isGone) return;
      setLost(!classes.ok);
      if (classes.ok) setKnown({ classes: classes.value.classes, streams: streams.ok ? streams.value : undefined });
      timer = setTimeout(() => void load(), document.hidden ? everyMs * 5 : everyMs);
    };
    void load();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [page]);

  const listed = known === undefined ? [] : listedClasses(known.classes, known.streams, typed, language());
  return (
    <main class="teach list">
      <div class="view-head">
        <ViewTitle view="list" text={texts.title} />
        <Button id="new-class" kind="primary" icon="plus" onClick={() => setCreating(true)}>
          {texts.newClass}
        </Button>
      </div>
      {lost && (
        <Note tone="warn" icon="wifi" role="status">
          {texts.listUnreachable}
        </Note>
      )}
      {known === undefined && !lost && <p class="soft quiet-wait">{texts.loading}</p>}
      {known?.classes.length === 0 && <Empty />}
      {(known?.classes.length ?? 0) > manyClasses && (
        <Field id="find-class" label={texts.search} value={typed} onInput={setTyped} input={{ autocomplete: "off" }} />
      )}
      {known !== undefined && known.classes.length > 0 && listed.length === 0 && <p class="soft">{texts.nothingFound}</p>}
      <ul class="classes">
        {listed.map((item) => (
          <Row key={item.view.name} item={item} onOpen={() => page.go(item.view.name)} />
        ))}
      </ul>
      {creating && (
        <CreateClass
          api={page.api}
          onClose={() => setCreating(false)}
          onCreated={(made) => {
            page.keepKey(made.name, made.stream_key);
            page.go(made.name);
          }}
        />
      )}
    </main>
  );
}

function Row({ item: { view, phase, students }, onOpen }: { readonly item: ListedClass; readonly onOpen: () => void }) {
  const texts = inLanguage(listTexts);
  return (
    <li>
      <a
        class="class-row"
        href={addressOf(view.name)}
        onClick={(event) => {
          // With a key held down, the browser opens it elsewhere.
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
          event.preventDefault();
          onOpen();
        }}
      >
        <span class="class-row-title">{view.title}</span>
        <span class="class-row-state">
          <PhaseBadge phase={phase} />
          {students > 0 && (
            <Badge tone="plain" icon="people">
              <span class="numbers">{texts.watching(students)}</span>
            </Badge>
          )}
        </span>
        <span class="class-row-code soft small numbers">{view.open ? texts.anybody : texts.code(view.join_code)}</span>
        <Icon name="forward" />
      </a>
    </li>
  );
}

function Empty() {
  const texts = inLanguage(listTexts);
  return (
    <div class="card empty">
      <Icon name="screen" />
      <h2>{texts.none}</h2>
      <p class="soft">{texts.noneHint}</p>
    </div>
  );
}
