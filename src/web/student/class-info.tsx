// Below the picture: which class it is, how it goes, and who watches.
import { inLanguage } from "../common/language.ts";
import { Badge, type Tone } from "../common/ui/badge.tsx";
import type { IconName } from "../common/ui/icon.tsx";
import type { ClassMood } from "./live-state.ts";
import type { Student } from "./student.ts";
import { studentTexts } from "./student-texts.ts";

const looks: Readonly<Record<ClassMood, { readonly tone: Tone; readonly icon: IconName }>> = {
  live: { tone: "good", icon: "live" },
  paused: { tone: "plain", icon: "pause" },
  behind: { tone: "plain", icon: "clock" },
  waiting: { tone: "plain", icon: "clock" },
  working: { tone: "plain", icon: "turn" },
  over: { tone: "plain", icon: "door" },
  ended: { tone: "warn", icon: "stop" },
};

export function ClassInfo({ student }: { readonly student: Student }) {
  const texts = inLanguage(studentTexts);
  const mood = student.mood.value;
  return (
    <div class="class-info">
      <div class="class-title">
        <h1>{student.title.value}</h1>
        <Badge {...looks[mood]}>{texts.states[mood]}</Badge>
      </div>
      <p class="watching-as" id="watching-as">
        <span class="soft">{texts.yourName(student.name.value)}</span>
        <button id="leave" class="text-button" type="button" onClick={() => student.leave()}>
          {texts.change}
        </button>
      </p>
    </div>
  );
}
