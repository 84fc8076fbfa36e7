// What is said in the details of a node, and where it is emptied or taken back.
import type { Texts } from "../common/language.ts";

interface DetailsTexts {
  readonly id: string;
  readonly host: string;
  readonly addressOf: Readonly<Record<"api" | "hls" | "hlsAndWebrtc" | "rtmp" | "whip", string>>;
  /** Stands in an address where the name of a class belongs. */
  readonly className: string;
  readonly memberSince: string;
  readonly reserved: string;
  readonly reservedMeans: string;
  readonly figures: string;
  readonly lastMinutes: string;
  readonly historyFailed: string;
  readonly streams: string;
  readonly streamColumns: Readonly<Record<"name" | "role" | "viewers" | "lag", string>>;
  readonly role: Readonly<Record<"origin" | "replica", string>>;
  readonly roleMeans: Readonly<Record<"origin" | "replica", string>>;
  readonly waiting: string;
  readonly inStep: string;
  readonly parts: (count: number) => string;
  readonly moreStreams: (count: number) => string;
  readonly gone: string;
  readonly drain: string;
  readonly undrain: string;
  readonly drainTitle: (name: string) => string;
  readonly drainIntro: string;
  readonly drainViewers: (viewers: number, minutes: number) => string;
  readonly drainStreams: (streams: number) => string;
  readonly drainNothing: string;
  readonly drainDirect: string;
  readonly drainAfter: string;
  readonly noOther: string;
  readonly littleRoom: (free: number) => string;
  readonly over: string;
  readonly minutes: (count: number) => string;
  readonly undrainTitle: (name: string) => string;
  readonly undrainIntro: string;
  readonly progress: (gone: number, all: number) => string;
  readonly until: (time: string) => string;
  readonly overdue: (time: string) => string;
  readonly drainedNow: string;
  readonly failed: string;
  readonly noSuchNode: string;
  readonly draining: (name: string) => string;
  readonly undrained: (name: string) => string;
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export const detailsTexts: Texts<DetailsTexts> = {
  en: {
    id: "Id",
    host: "Address",
    addressOf: {
      api: "Health and figures",
      hls: "For students (HLS)",
      hlsAndWebrtc: "For students (HLS, WebRTC)",
      rtmp: "For publishers (RTMP)",
      whip: "For publishers (WHIP)",
    },
    className: "<class>",
    memberSince: "Started",
    reserved: "On their way",
    reservedMeans: "Students who were sent there and have not arrived yet",
    figures: "Addresses and version",
    lastMinutes: "Last 30 minutes",
    historyFailed: "What was before cannot be loaded just now. New figures appear as they come.",
    streams: "Streams",
    streamColumns: { name: "Class", role: "Role", viewers: "Students", lag: "Delay of the copy" },
    role: { origin: "Published here", replica: "Copy" },
    roleMeans: { origin: "The teacher's picture arrives here (origin)", replica: "Follows another slave (replica)" },
    waiting: "Waiting for the teacher",
    inStep: "In step",
    parts: (count) => plural(count, "part", "parts"),
    moreStreams: (count) => `… and ${count} more`,
    gone: "This slave has left the cluster.",
    drain: "Drain",
    undrain: "Take back",
    drainTitle: (name) => `Drain ${name}?`,
    drainIntro: "To drain is to empty it, so that you can switch it off or update it while classes go on:",
    drainViewers: (viewers, minutes) =>
      `${plural(viewers, "student moves", "students move")} to other slaves, spread over ${plural(minutes, "minute", "minutes")}. They need not do anything.`,
    drainStreams: (streams) =>
      `${plural(streams, "stream that is published there is", "streams that are published there are")} handed to another slave without a gap.`,
    drainNothing: "Nobody is there just now, so it is drained within seconds.",
    drainDirect: "A teacher who publishes straight to this slave, past the gateway, is not moved: it stays in use until he stops.",
    drainAfter: "It gets no new students until you take it back, also after a restart.",
    noOther: "No other slave takes students: those who are there stay until one comes, and nobody new can watch.",
    littleRoom: (free) => `The other slaves have only ${plural(free, "place", "places")} left.`,
    over: "Spread over",
    minutes: (count) => plural(count, "minute", "minutes"),
    undrainTitle: (name) => `Take ${name} back?`,
    undrainIntro: "It gets new students and streams at once. Nobody who watches elsewhere is moved.",
    progress: (gone, all) => `${gone} of ${all} students have moved`,
    until: (time) => `until ${time}`,
    overdue: (time) => `was to be drained by ${time}. Perhaps a teacher publishes straight to this slave.`,
    drainedNow: "Drained: it may be switched off.",
    failed: "That did not work. Please try again.",
    noSuchNode: "This slave is not in the cluster any more.",
    draining: (name) => `${name} is being drained.`,
    undrained: (name) => `${name} takes students again.`,
  },
  ko: {
    id: "ID",
    host: "주소",
    addressOf: {
      api: "상태와 지표",
      hls: "학생용 (HLS)",
      hlsAndWebrtc: "학생용 (HLS, WebRTC)",
      rtmp: "방송용 (RTMP)",
      whip: "방송용 (WHIP)",
    },
    className: "<수업>",
    memberSince: "시작",
    reserved: "오는 중",
    reservedMeans: "이 슬레이브로 보냈지만 아직 도착하지 않은 학생",
    figures: "주소와 버전",
    lastMinutes: "최근 30분",
    historyFailed: "지난 기록을 지금 불러올 수 없습니다. 새 기록은 계속 표시됩니다.",
    streams: "방송",
    streamColumns: { name: "수업", role: "역할", viewers: "학생", lag: "사본 지연" },
    role: { origin: "원본", replica: "사본" },
    roleMeans: { origin: "선생님의 방송이 이곳으로 들어옵니다", replica: "다른 슬레이브의 방송을 받아 둡니다" },
    waiting: "선생님을 기다리는 중",
    inStep: "지연 없음",
    parts: (count) => `조각 ${count}개`,
    moreStreams: (count) => `… 외 ${count}개`,
    gone: "이 슬레이브는 클러스터에서 나갔습니다.",
    drain: "비우기",
    undrain: "다시 사용",
    drainTitle: (name) => `${name} 슬레이브를 비울까요?`,
    drainIntro: "수업을 계속하면서 이 PC를 끄거나 업데이트할 수 있게 합니다.",
    drainViewers: (viewers, minutes) =>
      `학생 ${viewers}명이 ${minutes}분에 걸쳐 다른 슬레이브로 옮겨집니다. 학생은 아무것도 하지 않아도 됩니다.`,
    drainStreams: (streams) => `이곳으로 들어오는 방송 ${streams}개는 끊김 없이 다른 슬레이브로 넘어갑니다.`,
    drainNothing: "지금은 아무도 없어서 몇 초 안에 비워집니다.",
    drainDirect: "게이트웨이를 거치지 않고 이 슬레이브로 직접 방송하는 선생님은 옮겨지지 않습니다. 방송을 끝낼 때까지 비워지지 않습니다.",
    drainAfter: "다시 사용하기 전까지는 PC를 다시 시작해도 새 학생을 받지 않습니다.",
    noOther: "학생을 받을 다른 슬레이브가 없습니다. 있던 학생은 다른 슬레이브가 생길 때까지 남고, 새 학생은 볼 수 없습니다.",
    littleRoom: (free) => `다른 슬레이브에 남은 자리가 ${free}개뿐입니다.`,
    over: "옮기는 시간",
    minutes: (count) => `${count}분`,
    undrainTitle: (name) => `${name} 슬레이브를 다시 사용할까요?`,
    undrainIntro: "바로 새 학생과 방송을 받습니다. 다른 곳에서 보고 있는 학생은 옮기지 않습니다.",
    progress: (gone, all) => `학생 ${all}명 중 ${gone}명 이동`,
    until: (time) => `${time}까지`,
    overdue: (time) => `${time}까지 비워져야 했습니다. 이 슬레이브로 직접 방송하는 선생님이 있는지 확인해 주세요.`,
    drainedNow: "모두 비웠습니다. PC를 꺼도 됩니다.",
    failed: "처리하지 못했습니다. 다시 시도해 주세요.",
    noSuchNode: "이 슬레이브는 이제 클러스터에 없습니다.",
    draining: (name) => `${name} 슬레이브를 비우기 시작했습니다.`,
    undrained: (name) => `${name} 슬레이브가 다시 학생을 받습니다.`,
  },
};
