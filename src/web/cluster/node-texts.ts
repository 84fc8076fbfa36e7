// What is said of a node: its state, the columns of the table, its details.
import type { Texts } from "../common/language.ts";
import type { NodeStatus, StateFilter } from "./node-order.ts";

interface NodeTexts {
  readonly title: string;
  readonly caption: string;
  readonly status: Readonly<Record<NodeStatus, string>>;
  readonly statusMeans: Readonly<Record<NodeStatus, string>>;
  readonly columns: Readonly<
    Record<"name" | "state" | "load" | "cpu" | "memory" | "bandwidth" | "streams" | "heartbeat" | "version" | "actions", string>
  >;
  readonly filters: Readonly<Record<StateFilter, string>>;
  readonly filterLabel: string;
  readonly search: string;
  readonly sortLabel: string;
  readonly sorts: Readonly<Record<"attention" | "name" | "load" | "cpu" | "memory" | "bandwidth" | "streams", string>>;
  readonly found: (shown: number, all: number) => string;
  readonly noneFound: string;
  readonly showAll: string;
  readonly showMore: (count: number) => string;
  /** "12 of 150" */
  readonly places: (viewers: string, all: string) => string;
  readonly loadTitle: (percent: string, viewers: string, all: string) => string;
  readonly levelWord: Readonly<Record<"good" | "warn" | "bad", string>>;
  readonly onTime: string;
  readonly lastAt: (time: string) => string;
  readonly never: string;
  readonly streamCount: (origin: number, copies: number) => string;
  readonly noStreams: string;
  readonly behind: (seconds: string) => string;
  readonly notMeasured: string;
  readonly leftThere: (viewers: number, streams: number) => string;
  readonly details: (name: string) => string;
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export const nodeTexts: Texts<NodeTexts> = {
  en: {
    title: "Slaves",
    caption: "Slaves of this cluster: state, load, and what each of them does",
    status: {
      registering: "Joining",
      healthy: "Healthy",
      warning: "Getting full",
      critical: "Nearly full",
      draining: "Draining",
      drained: "Drained",
      suspect: "Silent",
      offline: "Offline",
    },
    statusMeans: {
      registering: "It has just joined and reports in a moment.",
      healthy: "It takes students and has room.",
      warning: "It takes students. New ones go where there is more room.",
      critical: "Hardly a place is left. New students go where there is more room, if there is.",
      draining: "It takes nobody new. Those who are there move to other slaves.",
      drained: "Nobody is there any more: it may be switched off, or taken back.",
      suspect: "It does not report. No new students are sent there.",
      offline: "It has not reported for long. Its students were sent to other slaves.",
    },
    columns: {
      name: "Slave",
      state: "State",
      load: "Students",
      cpu: "CPU",
      memory: "Memory",
      bandwidth: "Sends",
      streams: "Streams",
      heartbeat: "Last report",
      version: "Version",
      actions: "Actions",
    },
    filters: {
      all: "All",
      attention: "Need a look",
      taking: "Take students",
      draining: "Draining or drained",
      away: "Silent or offline",
    },
    filterLabel: "Which slaves are shown",
    search: "Find a slave or class",
    sortLabel: "Order",
    sorts: {
      attention: "What needs a look first",
      name: "Name",
      load: "Students",
      cpu: "CPU",
      memory: "Memory",
      bandwidth: "Bandwidth",
      streams: "Streams",
    },
    found: (shown, all) => (shown === all ? `${all} in the cluster` : `${shown} of ${all}`),
    noneFound: "No slave is like that.",
    showAll: "Show all",
    showMore: (count) => `Show ${count} more`,
    places: (viewers, all) => `${viewers} of ${all}`,
    loadTitle: (percent, viewers, all) => `${percent} full: ${viewers} of ${all} places`,
    levelWord: { good: "room", warn: "getting full", bad: "nearly full" },
    onTime: "On time",
    lastAt: (time) => `Last at ${time}`,
    never: "Not yet",
    streamCount: (origin, copies) =>
      [...(origin > 0 ? [`${origin} published`] : []), ...(copies > 0 ? [plural(copies, "copy", "copies")] : [])].join(", "),
    noStreams: "None",
    behind: (seconds) => `${seconds} behind`,
    notMeasured: "–",
    leftThere: (viewers, streams) =>
      `${viewers > 0 || streams === 0 ? plural(viewers, "student", "students") : plural(streams, "stream", "streams")} left`,
    details: (name) => `Details of ${name}`,
  },
  ko: {
    title: "슬레이브",
    caption: "이 클러스터의 슬레이브: 상태, 부하, 하는 일",
    status: {
      registering: "참여 중",
      healthy: "정상",
      warning: "여유 적음",
      critical: "거의 참",
      draining: "비우는 중",
      drained: "비움 완료",
      suspect: "신호 없음",
      offline: "오프라인",
    },
    statusMeans: {
      registering: "방금 참여했으며 곧 상태를 알려 옵니다.",
      healthy: "학생을 받고 있으며 여유가 있습니다.",
      warning: "학생을 받고 있습니다. 새 학생은 자리가 더 많은 곳으로 갑니다.",
      critical: "남은 자리가 거의 없습니다. 여유가 있는 곳이 있으면 새 학생은 그곳으로 갑니다.",
      draining: "새 학생을 받지 않으며, 있던 학생은 다른 슬레이브로 옮겨집니다.",
      drained: "아무도 남아 있지 않습니다. PC를 꺼도 되고 다시 사용해도 됩니다.",
      suspect: "신호가 없어 새 학생을 보내지 않습니다.",
      offline: "오랫동안 신호가 없습니다. 학생은 다른 슬레이브로 옮겨졌습니다.",
    },
    columns: {
      name: "슬레이브",
      state: "상태",
      load: "학생",
      cpu: "CPU",
      memory: "메모리",
      bandwidth: "전송량",
      streams: "방송",
      heartbeat: "마지막 신호",
      version: "버전",
      actions: "작업",
    },
    filters: {
      all: "전체",
      attention: "확인 필요",
      taking: "학생 받는 중",
      draining: "비우는 중·비움 완료",
      away: "신호 없음·오프라인",
    },
    filterLabel: "보여 줄 슬레이브",
    search: "슬레이브나 수업 찾기",
    sortLabel: "순서",
    sorts: {
      attention: "확인이 필요한 순",
      name: "이름순",
      load: "학생 많은 순",
      cpu: "CPU 높은 순",
      memory: "메모리 높은 순",
      bandwidth: "전송량 많은 순",
      streams: "방송 많은 순",
    },
    found: (shown, all) => (shown === all ? `모두 ${all}대` : `${all}대 중 ${shown}대`),
    noneFound: "조건에 맞는 슬레이브가 없습니다.",
    showAll: "모두 보기",
    showMore: (count) => `${count}대 더 보기`,
    places: (viewers, all) => `${viewers} / ${all}명`,
    loadTitle: (percent, viewers, all) => `${percent} 사용 중: 자리 ${all}개 중 ${viewers}개`,
    levelWord: { good: "여유", warn: "여유 적음", bad: "거의 참" },
    onTime: "정상 수신",
    lastAt: (time) => `${time} 이후 없음`,
    never: "아직 없음",
    streamCount: (origin, copies) => [...(origin > 0 ? [`원본 ${origin}개`] : []), ...(copies > 0 ? [`사본 ${copies}개`] : [])].join(", "),
    noStreams: "없음",
    behind: (seconds) => `${seconds} 늦음`,
    notMeasured: "–",
    leftThere: (viewers, streams) => (viewers > 0 || streams === 0 ? `학생 ${viewers}명 남음` : `방송 ${streams}개 남음`),
    details: (name) => `${name} 자세히 보기`,
  },
};
