// One class while its page is open: put together from its panels. What they show comes from one feed.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { ClassLive } from "../../shared/protocol/class-live.ts";
import { inLanguage } from "../common/language.ts";
import { Badge, Note } from "../common/ui/badge.tsx";
import { Button } from "../common/ui/button.tsx";
import { Icon } from "../common/ui/icon.tsx";
import { toast } from "../common/ui/toasts.tsx";
import { AskDialog } from "./ask-dialog.tsx";
import { createClassFeed, type ClassFeed } from "./class-feed.ts";
import { classTexts } from "./class-texts.ts";
import { Facts, HealthPanel } from "./health-panel.tsx";
import { JoinPanel } from "./join-panel.tsx";
import { listTexts } from "./list-texts.ts";
import { manageTexts } from "./manage-texts.ts";
import { ObsPanel } from "./obs-panel.tsx";
import { PhaseBadge } from "./phase-badge.tsx";
import { addressOf } from "./place.ts";
import { PlotsPanel } from "./plots-panel.tsx";
import { Preview } from "./preview.tsx";
import { problemSentence } from "./problem-texts.ts";
import { SettingsPanel } from "./settings-panel.tsx";
import type { TeacherPage } from "./teacher-page.ts";
import { ViewersPanel } from "./viewers-panel.tsx";
import { ViewTitle } from "./view-title.tsx";

export interface ClassPageProps {
  readonly page: TeacherPage;
  readonly name: string;
  readonly isAdmin: boolean;
}

export function ClassPage({ page, name, isAdmin }: ClassPageProps) {
  const texts = inLanguage(classTexts);
  const feed = useMemo(
    () =>
      createClassFeed(name, {
        stillSignedIn: () => page.session.stillSignedIn(),
        async exists() {
          const answer = await page.api.viewers(name);
          return answer.ok || answer.status !== 404;
        },
      }),
    [page, name],
  );
  useEffect(() => () => feed.close(), [feed]);
  const live = feed.live.value;
  return (
    <main class="teach class">
      {isAdmin && <BackToList page={page} />}
      {feed.gone.value ? (
        <>
          <ViewTitle view={name} text={live?.class.title ?? name} />
          <Note tone="plain" icon="stop" role="status">
            {texts.gone}
          </Note>
        </>
      ) : live === undefined ? (
        <p class="soft quiet-wait" role="status">
          {feed.connection.value === "lost" ? texts.lost : inLanguage(listTexts).loading}
        </p>
      ) : (
        <Loaded page={page} isAdmin={isAdmin} feed={feed} live={live} />
      )}
      <div class="lost" role="status">
        {feed.connection.value === "lost" && !feed.gone.value && (
          <Note tone="warn" icon="wifi">
            {texts.lost}
          </Note>
        )}
      </div>
    </main>
  );
}

function BackToList({ page }: { readonly page: TeacherPage }) {
  return (
    <a
      class="back"
      href={addressOf(undefined)}
      onClick={(event) => {
        event.preventDefault();
        page.go(undefined);
      }}
    >
      <Icon name="back" />
      {inLanguage(classTexts).allClasses}
    </a>
  );
}

interface LoadedProps {
  readonly page: TeacherPage;
  readonly isAdmin: boolean;
  readonly feed: ClassFeed;
  readonly live: ClassLive;
}

function Loaded({ page, isAdmin, feed, live }: LoadedProps) {
  const texts = inLanguage(classTexts);
  const { class: view, phase, viewers, students } = live;
  const newestAt = feed.samples.value.at(-1)?.at;
  // Between two samples this device's clock would do; that it may be hours off is worse than 5 s.
  const nowMs = newestAt === undefined ? Date.now() : newestAt * 1_000;
  return (
    <>
      <div class="view-head">
        <div class="view-title">
          <ViewTitle view={view.name} text={view.title} />
          <p class="view-state" role="status">
            <PhaseBadge phase={phase} />
            {phase !== "closed" && (
              <Badge tone="plain" icon="people">
                <span class="numbers">{texts.watching(students)}</span>
              </Badge>
            )}
          </p>
        </div>
        <EndOrOpen page={page} live={live} feed={feed} />
      </div>
      <div class="class-grid">
        <div class="class-main">
          <ObsPanel key={view.name} page={page} live={live} />
          <section class="card panel" aria-label={texts.sections.picture}>
            <Preview page={page} name={view.name} phase={phase}>
              <Facts live={live} />
            </Preview>
            <HealthPanel live={live} samples={feed.samples} />
          </section>
        </div>
        <div class="class-side">
          <JoinPanel view={view} />
          <ViewersPanel page={page} name={view.name} students={students} viewers={viewers} nowMs={nowMs} />
        </div>
        <PlotsPanel samples={feed.samples} />
        <SettingsPanel
          key={view.name}
          page={page}
          view={view}
          isAdmin={isAdmin}
          isLive={phase === "live"}
          onChanged={(changed) => feed.changed(changed)}
        />
      </div>
    </>
  );
}

function EndOrOpen({ page, live: { class: view, phase }, feed }: Omit<LoadedProps, "isAdmin">) {
  const texts = inLanguage(manageTexts);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const open = async (): Promise<void> => {
    setBusy(true);
    const answer = await page.api.change(view.name, { closed: false });
    setBusy(false);
    if (answer.ok) feed.changed(answer.value);
    toast(answer.ok ? texts.reopened : problemSentence(answer.code));
  };
  return (
    <div>
      {phase === "closed" ? (
        <Button id="reopen-class" kind="primary" icon="play" busy={busy} onClick={() => void open()}>
          {texts.reopen}
        </Button>
      ) : (
        <Button id="end-class" icon="stop" onClick={() => setAsking(true)}>
          {texts.end}
        </Button>
      )}
      {asking && (
        <AskDialog
          title={texts.endTitle}
          yes={texts.end}
          act={() => page.api.change(view.name, { closed: true })}
          onDone={(changed) => {
            setAsking(false);
            feed.changed(changed);
            toast(texts.ended);
          }}
          onClose={() => setAsking(false)}
        >
          <p>{texts.endText}</p>
        </AskDialog>
      )}
    </div>
  );
}
