// Every sentence about OBS, in the words that OBS itself uses in each language.
import type { Texts } from "../common/language.ts";

interface ObsTexts {
  readonly title: string;
  readonly intro: string;
  readonly steps: readonly [settings: string, paste: string, start: string];
  readonly server: string;
  readonly streamKey: string;
  readonly keyUnknown: string;
  readonly keyOnce: string;
  readonly newKey: string;
  readonly rotateTitle: string;
  readonly rotateText: string;
  readonly rotateLive: string;
  readonly rotate: string;
  readonly rotated: string;
  readonly keyframesTitle: string;
  readonly keyframes: string;
  readonly picture: string;
  /** Of OBS's window, for the drawing. */
  readonly window: {
    readonly title: string;
    readonly menu: readonly string[];
    /** Which of the menu is open. */
    readonly chosen: number;
    readonly service: string;
    readonly custom: string;
    readonly server: string;
    readonly key: string;
    readonly ok: string;
    readonly cancel: string;
  };
}

export const obsTexts: Texts<ObsTexts> = {
  en: {
    title: "Start streaming in OBS",
    intro: "Needed once on each computer: OBS remembers it.",
    steps: [
      "In OBS, open Settings → Stream and choose the service “Custom…”.",
      "Copy these two lines into Server and Stream Key, then press OK.",
      "Press “Start Streaming”. The picture appears here within a few seconds.",
    ],
    server: "Server",
    streamKey: "Stream Key",
    keyUnknown:
      "The key is shown only once, when it is made, so it is not known here any more. If OBS still has it, you need nothing: press “Start Streaming”. If you are here for the first time, make a new one.",
    keyOnce: "Copy the key now: after this page is closed or reloaded, nobody can see it again.",
    newKey: "Make a new key",
    rotateTitle: "Make a new stream key?",
    rotateText: "The old key ends. OBS needs the new one before you can stream again.",
    rotateLive: "You are live: the stream ends, and students wait until OBS has the new key.",
    rotate: "Make a new key",
    rotated: "The new key is there. Copy it into OBS.",
    keyframesTitle: "For the shortest delay",
    keyframes:
      "OBS → Settings → Output → Output Mode “Advanced” → Streaming → Keyframe Interval: 2 s. Without it, OBS chooses about 8 s by itself.",
    picture: "Drawing of OBS: Settings, Stream. The service is Custom; Server and Stream Key are marked.",
    window: {
      title: "Settings",
      menu: ["General", "Appearance", "Stream", "Output", "Audio", "Video"],
      chosen: 2,
      service: "Service",
      custom: "Custom…",
      server: "Server",
      key: "Stream Key",
      ok: "OK",
      cancel: "Cancel",
    },
  },
  ko: {
    title: "OBS에서 방송 시작하기",
    intro: "컴퓨터마다 한 번만 하면 됩니다. OBS가 기억합니다.",
    steps: [
      "OBS에서 설정 → 방송을 열고 서비스를 ‘사용자 지정...’으로 바꿔 주세요.",
      "아래 두 줄을 ‘서버’와 ‘스트림 키’에 복사해 넣고 확인을 눌러 주세요.",
      "‘방송 시작’을 누르면 몇 초 안에 여기에 화면이 나타납니다.",
    ],
    server: "서버",
    streamKey: "스트림 키",
    keyUnknown:
      "스트림 키는 만들 때 한 번만 보이므로 지금은 볼 수 없습니다. OBS에 이미 넣어 두었다면 그대로 ‘방송 시작’을 누르면 됩니다. 처음이라면 ‘새 키 만들기’를 눌러 주세요.",
    keyOnce: "지금 복사해 주세요. 이 페이지를 닫거나 새로 고치면 다시 볼 수 없습니다.",
    newKey: "새 키 만들기",
    rotateTitle: "새 스트림 키를 만들까요?",
    rotateText: "이전 키는 더 이상 쓸 수 없습니다. 다시 방송하려면 OBS에 새 키를 넣어야 합니다.",
    rotateLive: "지금 방송 중입니다. 방송이 끊기고, OBS에 새 키를 넣을 때까지 학생들이 기다리게 됩니다.",
    rotate: "새 키 만들기",
    rotated: "새 키를 만들었습니다. OBS에 복사해 넣어 주세요.",
    keyframesTitle: "지연을 가장 짧게 하려면",
    keyframes: "OBS → 설정 → 출력 → 출력 방식 ‘고급’ → 방송 → 키프레임 간격을 2초로 맞춰 주세요. 그대로 두면 OBS가 8초쯤으로 정합니다.",
    picture: "OBS의 설정 → 방송 화면 그림. 서비스는 사용자 지정이고, 서버와 스트림 키 칸이 표시되어 있습니다.",
    window: {
      title: "설정",
      menu: ["일반", "표시", "방송", "출력", "오디오", "비디오"],
      chosen: 2,
      service: "서비스",
      custom: "사용자 지정...",
      server: "서버",
      key: "스트림 키",
      ok: "확인",
      cancel: "취소",
    },
  },
};
