// What has happened, in a sentence. Pure.
import type { TimelineEvent, TimelineKind } from "../../shared/protocol/cluster-live.ts";
import type { Texts } from "../common/language.ts";

/** What somebody looks for in the time line. */
export const eventGroups = ["all", "trouble", "slaves", "streams"] as const;
export type EventGroup = (typeof eventGroups)[number];

const groups: Readonly<Record<Exclude<EventGroup, "all">, readonly TimelineKind[]>> = {
  trouble: ["suspect", "offline", "failover"],
  slaves: ["master_started", "joined", "returned", "suspect", "recovered", "offline", "left", "draining", "drained", "undrained"],
  streams: ["stream_started", "stream_ended", "failover"],
};

export const isInGroup = (kind: TimelineKind, group: EventGroup): boolean => group === "all" || groups[group].includes(kind);

/** How it is marked: its icon, and its colour beside it. */
export const eventLook = {
  master_started: { icon: "play", tone: "plain" },
  joined: { icon: "plus", tone: "good" },
  returned: { icon: "check", tone: "good" },
  suspect: { icon: "alert", tone: "warn" },
  recovered: { icon: "check", tone: "good" },
  offline: { icon: "close", tone: "bad" },
  left: { icon: "door", tone: "plain" },
  draining: { icon: "door", tone: "plain" },
  drained: { icon: "check", tone: "plain" },
  undrained: { icon: "turn", tone: "plain" },
  stream_started: { icon: "live", tone: "plain" },
  stream_ended: { icon: "stop", tone: "plain" },
  failover: { icon: "turn", tone: "warn" },
} as const satisfies Readonly<Record<TimelineKind, { icon: string; tone: "good" | "warn" | "bad" | "plain" }>>;

/** Worth telling a screen reader at once; everything else may be read when somebody looks. */
export const isImportant = (kind: TimelineKind): boolean => ["suspect", "offline", "failover", "drained", "joined"].includes(kind);

interface EventTexts {
  readonly sentence: (event: TimelineEvent) => string;
  readonly groups: Readonly<Record<EventGroup, string>>;
}

const className = (path: string | null): string => (path ?? "").replace(/^live\//, "");
/** Two slaves of one PC have its name, where nobody has given them others. */
const isAmbiguous = (event: TimelineEvent): boolean => event.node_name === event.from_node_name && event.node_id !== event.from_node_id;
/** By id where the name is not known, or says nothing. */
const nodeName = (event: TimelineEvent): string => (isAmbiguous(event) ? event.node_id : (event.node_name ?? event.node_id)) ?? "?";
const fromName = (event: TimelineEvent): string | undefined =>
  (isAmbiguous(event) ? event.from_node_id : (event.from_node_name ?? event.from_node_id)) ?? undefined;

function inEnglish(event: TimelineEvent): string {
  const [node, lesson, from] = [nodeName(event), className(event.path), fromName(event)];
  switch (event.kind) {
    case "master_started":
      return "The master has started.";
    case "joined":
      return `${node} has joined the cluster.`;
    case "returned":
      return `${node} is back.`;
    case "suspect":
      return `${node} does not report any more. No new students are sent there.`;
    case "recovered":
      return `${node} reports again.`;
    case "offline":
      return `${node} is offline. Its students go to other slaves.`;
    case "left":
      return `${node} has signed off.`;
    case "draining":
      return `${node} is being drained.`;
    case "drained":
      return `${node} is drained: it may be switched off.`;
    case "undrained":
      return `${node} takes students again.`;
    case "stream_started":
      return event.node_id === null ? `${lesson} is on the air.` : `${lesson} is on the air, at ${node}.`;
    case "stream_ended":
      return `${lesson} has ended.`;
    case "failover":
      return from === undefined ? `${lesson} goes on at ${node}.` : `${lesson} goes on at ${node}: it was at ${from} before.`;
  }
}

function inKorean(event: TimelineEvent): string {
  const [node, lesson, from] = [nodeName(event), className(event.path), fromName(event)];
  switch (event.kind) {
    case "master_started":
      return "마스터가 시작되었습니다.";
    case "joined":
      return `${node}: 클러스터에 참여했습니다.`;
    case "returned":
      return `${node}: 다시 연결되었습니다.`;
    case "suspect":
      return `${node}: 신호가 없습니다. 새 학생을 보내지 않습니다.`;
    case "recovered":
      return `${node}: 신호가 다시 들어옵니다.`;
    case "offline":
      return `${node}: 오프라인입니다. 그곳의 학생은 다른 슬레이브로 옮겨집니다.`;
    case "left":
      return `${node}: 정상 종료되었습니다.`;
    case "draining":
      return `${node}: 비우기 시작했습니다.`;
    case "drained":
      return `${node}: 모두 비웠습니다. PC를 꺼도 됩니다.`;
    case "undrained":
      return `${node}: 다시 학생을 받습니다.`;
    case "stream_started":
      return event.node_id === null ? `${lesson}: 방송이 시작되었습니다.` : `${lesson}: 방송이 시작되었습니다 (${node}).`;
    case "stream_ended":
      return `${lesson}: 방송이 끝났습니다.`;
    case "failover":
      return from === undefined ? `${lesson}: ${node}에서 방송이 이어집니다.` : `${lesson}: ${from} 대신 ${node}에서 방송이 이어집니다.`;
  }
}

export const eventTexts: Texts<EventTexts> = {
  en: {
    sentence: inEnglish,
    groups: { all: "Everything", trouble: "Trouble", slaves: "Slaves", streams: "Streams" },
  },
  ko: {
    sentence: inKorean,
    groups: { all: "전체", trouble: "문제", slaves: "슬레이브", streams: "방송" },
  },
};
