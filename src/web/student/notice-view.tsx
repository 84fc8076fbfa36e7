// The sentence over the picture, and what happens next.
import { inLanguage } from "../common/language.ts";
import { Icon, type IconName } from "../common/ui/icon.tsx";
import { Button } from "../common/ui/button.tsx";
import { keepsPicture, kindOf, mayTryAgain, type NoticeState } from "./notice.ts";
import type { Student } from "./student.ts";
import { studentTexts } from "./student-texts.ts";

const icons: Readonly<Partial<Record<NoticeState, IconName>>> = {
  waiting_for_teacher: "clock",
  offline: "wifi",
  full: "people",
  over: "door",
  removed: "door",
  unsupported_browser: "alert",
  token_refused: "lock",
};

/** What is said of a state, with the place in the line where there is one. */
export function noticeText(state: NoticeState, position: number | undefined): { readonly title: string; readonly next: string } {
  const texts = inLanguage(studentTexts);
  const said = texts.notices[state];
  return state === "full" && position !== undefined ? { ...said, next: texts.inLine(position) } : said;
}

export function NoticeView({ student }: { readonly student: Student }) {
  const state = student.notice.value;
  if (state === undefined) return <div id="notice" hidden />;
  const icon = icons[state];
  const { title, next } = noticeText(state, student.state.value.position);
  return (
    <div id="notice" class={`notice ${kindOf(state)} ${keepsPicture(state) ? "thin" : ""}`} data-state={state}>
      {icon === undefined ? <span class="spinner" aria-hidden="true" /> : <Icon name={icon} />}
      <p id="notice-text">
        <strong>{title}</strong> {next !== "" && <span>{next}</span>}
      </p>
      {mayTryAgain(state) && (
        <Button icon="turn" id="try-again" onClick={() => student.tryAgain()}>
          {inLanguage(studentTexts).tryAgain}
        </Button>
      )}
    </div>
  );
}
