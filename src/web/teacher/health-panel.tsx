// How the class is doing: in words what is the matter and what to do, and the figures behind it.
import type { ReadonlySignal } from "@preact/signals";
import type { ClassLive, ClassSample } from "../../shared/protocol/class-live.ts";
import { inLanguage, language } from "../common/language.ts";
import { formatBitrate, formatNumber, formatSeconds } from "../common/number-format.ts";
import { Note, type Tone } from "../common/ui/badge.tsx";
import type { IconName } from "../common/ui/icon.tsx";
import { classTexts } from "./class-texts.ts";
import { adviceOf } from "./health-texts.ts";
import { ingestHealth, isSettled, type Severity } from "./ingest-health.ts";

const looks = {
  bad: { tone: "bad", icon: "alert" },
  warn: { tone: "warn", icon: "alert" },
  hint: { tone: "plain", icon: "gear" },
} as const satisfies Record<Severity, { tone: Tone; icon: IconName }>;

export function HealthPanel({ live, samples }: { readonly live: ClassLive; readonly samples: ReadonlySignal<readonly ClassSample[]> }) {
  return (
    <div class="findings" id="health" aria-live="polite">
      <Findings live={live} samples={samples.value} />
    </div>
  );
}

function Findings({ live, samples }: { readonly live: ClassLive; readonly samples: readonly ClassSample[] }) {
  const texts = inLanguage(classTexts);
  if (live.phase !== "live" || live.ingest === null)
    return (
      <Note tone="plain" icon="clock">
        {live.phase === "live" ? texts.judging : live.phase === "closed" ? texts.whileOver : texts.notLive}
      </Note>
    );
  const findings = ingestHealth(live, samples);
  if (findings.length === 0)
    return isSettled(live, samples) ? (
      <Note tone="good" icon="check">
        {texts.allWell}
      </Note>
    ) : (
      <Note tone="plain" icon="clock">
        {texts.judging}
      </Note>
    );
  return (
    <>
      {findings.map((finding) => {
        const { what, todo } = adviceOf(finding);
        const { tone, icon } = looks[finding.severity];
        return (
          <Note key={finding.code} tone={tone} icon={icon}>
            <strong>{what}</strong> <span>{todo}</span>
          </Note>
        );
      })}
    </>
  );
}

/** As many cells whether there are figures or not: nothing jumps when they come. */
export function Facts({ live: { ingest, players, phase } }: { readonly live: ClassLive }) {
  const { facts } = inLanguage(classTexts);
  const spoken = language();
  const none = "–";
  const of = phase === "live" ? ingest : null;
  const size = of?.video ? (of.video.height === null ? of.video.codec : `${of.video.width} × ${of.video.height}`) : none;
  const cells: readonly (readonly [string, string])[] = [
    [facts.bitrate, of === null ? none : formatBitrate(of.bitrate, spoken)],
    [facts.fps, of === null ? none : formatNumber(Math.round(of.fps), spoken)],
    [facts.size, size],
    [facts.keyframes, of?.keyframe_interval_s == null ? none : formatSeconds(of.keyframe_interval_s, spoken)],
    [facts.delay, players?.delay_s == null ? none : formatSeconds(players.delay_s, spoken)],
  ];
  return (
    <dl class="facts">
      {cells.map(([label, value]) => (
        <div key={label}>
          <dt class="soft small">{label}</dt>
          <dd class="numbers">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
