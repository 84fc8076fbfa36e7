// The state of a class: a word, an icon, a colour.
import { inLanguage } from "../common/language.ts";
import { Badge, type Tone } from "../common/ui/badge.tsx";
import type { IconName } from "../common/ui/icon.tsx";
import { classTexts, type Phase } from "./class-texts.ts";

const looks = {
  live: { tone: "good", icon: "live" },
  waiting: { tone: "warn", icon: "clock" },
  idle: { tone: "plain", icon: "pause" },
  closed: { tone: "plain", icon: "stop" },
} as const satisfies Record<Phase, { tone: Tone; icon: IconName }>;

export function PhaseBadge({ phase }: { readonly phase: Phase }) {
  const { tone, icon } = looks[phase];
  return (
    <Badge tone={tone} icon={icon}>
      {inLanguage(classTexts).phase[phase]}
    </Badge>
  );
}
