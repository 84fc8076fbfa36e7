// The pieces of a node that table, card and details share: its state, its load, its figures.
import { inLanguage, language } from "../common/language.ts";
import { formatNumber, formatPercent, formatSeconds } from "../common/number-format.ts";
import { formatTime } from "../common/time-format.ts";
import { Badge, type Tone } from "../common/ui/badge.tsx";
import { Icon, type IconName } from "../common/ui/icon.tsx";
import type { NodeLive } from "../../shared/protocol/cluster-live.ts";
import { barPercent, loadLevel, type LoadSteps } from "./load-level.ts";
import type { NodeStatus } from "./node-order.ts";
import { nodeTexts } from "./node-texts.ts";
import { busyPercent } from "./cluster-store.ts";
import { lagWorthSayingS } from "./verdict.ts";

const statusLook = {
  registering: { tone: "plain", icon: "clock" },
  healthy: { tone: "good", icon: "check" },
  warning: { tone: "warn", icon: "bars" },
  critical: { tone: "bad", icon: "alert" },
  draining: { tone: "plain", icon: "door" },
  drained: { tone: "plain", icon: "pause" },
  suspect: { tone: "warn", icon: "alert" },
  offline: { tone: "bad", icon: "close" },
} as const satisfies Readonly<Record<NodeStatus, { tone: Tone; icon: IconName }>>;

export function StatusBadge({ status }: { readonly status: NodeStatus }) {
  const { tone, icon } = statusLook[status];
  return (
    <Badge tone={tone} icon={icon}>
      {inLanguage(nodeTexts).status[status]}
    </Badge>
  );
}

export const isSilent = (status: NodeStatus): boolean => status === "offline" || status === "suspect";
export const isEmptying = (status: NodeStatus): boolean => status === "draining" || status === "drained";

/** Figures of a node that is silent are of the past. */
const stale = (status: NodeStatus): string => (isSilent(status) ? "stale" : "");

/** How far something is filled. The figure stands beside it: the bar is for the eye. */
export function Bar({ percent, steps }: { readonly percent: number; readonly steps: LoadSteps }) {
  return (
    <span class={`bar ${loadLevel(percent, steps)}`} aria-hidden="true">
      <span class="bar-fill" style={{ transform: `scaleX(${barPercent(percent) / 100})` }} />
    </span>
  );
}

export function Load({ node, steps }: { readonly node: NodeLive; readonly steps: LoadSteps }) {
  const { load_percentage: percent, current_connections: viewers, max_connections: all, status } = node;
  const texts = inLanguage(nodeTexts);
  const level = loadLevel(percent, steps);
  const [shownPercent, shownViewers, shownAll] = [
    formatPercent(percent, language()),
    formatNumber(viewers, language()),
    formatNumber(all, language()),
  ];
  return (
    <span class={`load ${stale(status)}`} title={texts.loadTitle(shownPercent, shownViewers, shownAll)}>
      <Bar percent={percent} steps={steps} />
      <span class="load-percent numbers">
        {shownPercent}
        {level !== "good" && <span class="unseen"> ({texts.levelWord[level]})</span>}
      </span>
      <span class="load-places numbers soft small">{texts.places(shownViewers, shownAll)}</span>
    </span>
  );
}

/** CPU or memory; marked by more than its colour when the PC is busy. */
export function Usage({ percent, status }: { readonly percent: number; readonly status: NodeStatus }) {
  const isBusy = percent >= busyPercent && !isSilent(status);
  return (
    <span class={`usage numbers ${isBusy ? "busy" : ""} ${stale(status)}`}>
      {isBusy && <Icon name="alert" />}
      {formatPercent(percent, language())}
    </span>
  );
}

export function Sends({ node }: { readonly node: NodeLive }) {
  const { bandwidth_mbps: mbps, status } = node;
  return <span class={`numbers ${stale(status)}`}>{mbps === null ? inLanguage(nodeTexts).notMeasured : formatMbps(mbps)}</span>;
}

/** Mbit/s: one digit below ten. */
export const formatMbps = (mbps: number): string => `${formatNumber(mbps, language(), mbps < 10 ? 1 : 0)} Mbit/s`;

/** What it has, and whether a copy is behind. */
export function StreamsOf({ node }: { readonly node: NodeLive }) {
  const texts = inLanguage(nodeTexts);
  const { streams, copies, status } = node;
  if (streams === 0) return <span class="soft">{texts.noStreams}</span>;
  const origins = copies.filter(({ role }) => role === "origin").length;
  const behindS = Math.max(0, ...copies.map(({ lag_s }) => lag_s ?? 0));
  return (
    <span class={`streams-of ${stale(status)}`}>
      <span class="numbers">{texts.streamCount(origins, streams - origins)}</span>
      {behindS >= lagWorthSayingS && !isSilent(status) && (
        <Badge tone="warn" icon="clock">
          {texts.behind(formatSeconds(behindS, language()))}
        </Badge>
      )}
    </span>
  );
}

/** The master tells of silence, not of each heartbeat: who is heard reports on time. */
export function Heartbeat({ node }: { readonly node: NodeLive }) {
  const texts = inLanguage(nodeTexts);
  const { status, last_heartbeat: at } = node;
  if (at === null) return <span class="soft">{texts.never}</span>;
  if (!isSilent(status)) return <span>{texts.onTime}</span>;
  return (
    <time class="numbers" dateTime={at}>
      {texts.lastAt(formatTime(Date.parse(at), language(), { seconds: true }))}
    </time>
  );
}
