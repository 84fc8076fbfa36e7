// Every sentence that a student reads, in one place. Plain words; what happened, and what happens next.
import type { Texts } from "../common/language.ts";
import type { FormProblem } from "./form-state.ts";
import type { NoticeState } from "./notice.ts";

export interface NoticeText {
  readonly title: string;
  readonly next: string;
}

export interface StudentTexts {
  readonly codeTitle: string;
  readonly intro: string;
  readonly codeIntro: string;
  readonly needsCode: string;
  readonly nameLabel: string;
  readonly nameHint: string;
  readonly codeLabel: string;
  readonly codeHint: string;
  readonly join: string;
  readonly joining: string;
  readonly otherClass: string;
  readonly problems: Readonly<Record<Exclude<FormProblem["kind"], "too_many_tries">, string>>;
  readonly tooManyTries: (retryAfterS: number | undefined) => string;
  readonly notices: Readonly<Record<NoticeState, NoticeText>>;
  /** @param position place in the line; 1 is next */
  readonly inLine: (position: number) => string;
  readonly tryAgain: string;
  readonly yourName: (name: string) => string;
  readonly change: string;
  readonly picture: string;
  readonly controls: string;
  readonly sound: string;
  readonly play: string;
  readonly pause: string;
  readonly mute: string;
  readonly unmute: string;
  readonly volume: string;
  readonly live: string;
  readonly seconds: (seconds: number) => string;
  readonly wholeSeconds: (seconds: number) => string;
  /** What the seconds beside "Live" are. */
  readonly delayHint: string;
  readonly goLive: string;
  /** Read after a number of seconds. */
  readonly behind: string;
  readonly quality: string;
  readonly auto: string;
  /** By WebRTC. HLS is called live as well: what is different is said, too. */
  readonly subSecond: string;
  readonly subSecondDelay: string;
  /** It is chosen, and another quality plays. */
  readonly subSecondComes: string;
  readonly playsNow: (quality: string) => string;
  /** Beside the quality that plays. */
  readonly playing: string;
  readonly pip: string;
  readonly pipEnd: string;
  readonly fullscreen: string;
  readonly fullscreenEnd: string;
  readonly states: Readonly<Record<"live" | "paused" | "behind" | "waiting" | "working" | "over" | "ended", string>>;
}

const oneDecimal = (value: number): string => value.toFixed(1);

export const studentTexts: Texts<StudentTexts> = {
  en: {
    codeTitle: "Join your class",
    intro: "Enter your name to watch the class.",
    codeIntro: "Your teacher has the join code, on the wall or in a message.",
    needsCode: "This class needs a join code. Your teacher has it.",
    nameLabel: "Your name",
    nameHint: "Your teacher sees who is watching.",
    codeLabel: "Join code",
    codeHint: "Letters and digits, for example K7QX2M",
    join: "Join the class",
    joining: "Joining …",
    otherClass: "I have a join code for another class",
    problems: {
      join_code_wrong: "That join code is not right. Check it with your teacher.",
      no_such_class: "There is no class at this address. Type the join code from your teacher instead.",
      code_shape: "A join code has at least 4 letters or digits, and nothing else.",
      bad_name: "This name cannot be used. Please type another one.",
      unreachable: "The school's server cannot be reached. Check your network, then try again.",
      failed: "That did not work. Please try again.",
    },
    tooManyTries: (retryAfterS) =>
      retryAfterS === undefined
        ? "Too many tries. Wait a minute, then try again."
        : `Too many tries. You can try again in ${Math.max(1, Math.ceil(retryAfterS))} s.`,
    notices: {
      joining: { title: "Joining the class …", next: "" },
      connecting: { title: "Connecting to the class …", next: "" },
      buffering: { title: "One moment …", next: "" },
      waiting_for_teacher: { title: "Waiting for the teacher", next: "The picture appears here as soon as the class goes on." },
      reconnecting: { title: "The connection was lost", next: "We are reconnecting …" },
      offline: { title: "This device is offline", next: "Check its Wi-Fi. The class goes on here as soon as it is back." },
      full: { title: "Every place is taken right now", next: "You get in automatically when one is free." },
      no_node: { title: "The video servers are not ready yet", next: "We keep trying. You need not do anything." },
      too_many_requests: { title: "Very many are joining right now", next: "We try again in a moment." },
      unreachable: { title: "The school's server cannot be reached", next: "We keep trying. You need not do anything." },
      over: { title: "The class is over", next: "If your teacher opens it again, it goes on here." },
      removed: { title: "Your teacher has removed you from this class", next: "If that is a mistake, talk to your teacher." },
      unsupported_browser: {
        title: "This browser cannot play the class",
        next: "Update it, or open the link in a current Chrome, Edge, Firefox or Safari.",
      },
      token_refused: { title: "You cannot watch this class", next: "Please ask your teacher." },
    },
    inLine: (position) =>
      position === 1 ? "You are next. You get in automatically." : `You are number ${position} in line. You get in automatically.`,
    tryAgain: "Try again",
    yourName: (name) => `Your name: ${name}`,
    change: "Not you?",
    picture: "Picture of the class",
    controls: "Playback",
    sound: "Tap for sound",
    play: "Play",
    pause: "Pause",
    mute: "Sound off",
    unmute: "Sound on",
    volume: "Volume",
    live: "Live",
    seconds: (seconds) => `${oneDecimal(seconds)} s`,
    wholeSeconds: (seconds) => `${Math.round(seconds)} s`,
    delayHint: "Seconds behind the teacher",
    goLive: "Go to live",
    behind: " behind",
    quality: "Picture quality",
    auto: "Automatic",
    subSecond: "Live · shortest delay",
    subSecondDelay: "under 0.5 s",
    subSecondComes: "connecting …",
    playsNow: (quality) => `now ${quality}`,
    playing: "playing now",
    pip: "Small picture over other windows",
    pipEnd: "End the small picture",
    fullscreen: "Full screen",
    fullscreenEnd: "End full screen",
    states: { live: "Live", paused: "Paused", behind: "Behind", waiting: "Waiting", working: "Connecting", over: "Over", ended: "Stopped" },
  },
  ko: {
    codeTitle: "수업 참여하기",
    intro: "이름을 입력하면 수업을 볼 수 있습니다.",
    codeIntro: "참여 코드는 선생님이 화면이나 메시지로 알려 줍니다.",
    needsCode: "이 수업은 참여 코드가 필요합니다. 선생님께 확인해 주세요.",
    nameLabel: "이름",
    nameHint: "누가 보고 있는지 선생님이 확인할 수 있습니다.",
    codeLabel: "참여 코드",
    codeHint: "영문자와 숫자 (예: K7QX2M)",
    join: "수업 참여",
    joining: "참여하는 중…",
    otherClass: "다른 수업 참여 코드 입력하기",
    problems: {
      join_code_wrong: "참여 코드가 맞지 않습니다. 선생님께 확인해 주세요.",
      no_such_class: "이 주소에는 수업이 없습니다. 선생님이 알려 준 참여 코드를 입력해 주세요.",
      code_shape: "참여 코드는 영문자와 숫자 4자 이상입니다.",
      bad_name: "사용할 수 없는 이름입니다. 다른 이름을 입력해 주세요.",
      unreachable: "학교 서버에 연결할 수 없습니다. 네트워크를 확인하고 다시 시도해 주세요.",
      failed: "처리하지 못했습니다. 다시 시도해 주세요.",
    },
    tooManyTries: (retryAfterS) =>
      retryAfterS === undefined
        ? "시도 횟수가 너무 많습니다. 1분 뒤에 다시 시도해 주세요."
        : `시도 횟수가 너무 많습니다. ${Math.max(1, Math.ceil(retryAfterS))}초 뒤에 다시 시도할 수 있습니다.`,
    notices: {
      joining: { title: "수업에 들어가는 중…", next: "" },
      connecting: { title: "수업에 연결하는 중…", next: "" },
      buffering: { title: "잠시만 기다려 주세요…", next: "" },
      waiting_for_teacher: { title: "선생님을 기다리고 있습니다", next: "수업이 이어지면 화면이 자동으로 나옵니다." },
      reconnecting: { title: "연결이 끊어졌습니다", next: "다시 연결하고 있습니다…" },
      offline: { title: "네트워크에 연결되어 있지 않습니다", next: "Wi-Fi를 확인해 주세요. 연결되면 수업이 자동으로 이어집니다." },
      full: { title: "지금은 자리가 모두 찼습니다", next: "자리가 나면 자동으로 들어갑니다." },
      no_node: { title: "영상 서버가 아직 준비되지 않았습니다", next: "자동으로 계속 시도하고 있습니다." },
      too_many_requests: { title: "지금 많은 학생이 접속하고 있습니다", next: "잠시 후 자동으로 다시 시도합니다." },
      unreachable: { title: "학교 서버에 연결할 수 없습니다", next: "자동으로 계속 시도하고 있습니다." },
      over: { title: "수업이 끝났습니다", next: "선생님이 수업을 다시 열면 여기에서 자동으로 이어집니다." },
      removed: { title: "수업에서 퇴장되었습니다", next: "선생님이 퇴장 처리했습니다. 착오라면 선생님께 말씀해 주세요." },
      unsupported_browser: {
        title: "이 브라우저에서는 수업을 볼 수 없습니다",
        next: "브라우저를 업데이트하거나 최신 Chrome, Edge, Firefox, Safari에서 링크를 열어 주세요.",
      },
      token_refused: { title: "이 수업을 볼 수 없습니다", next: "선생님께 문의해 주세요." },
    },
    inLine: (position) =>
      position === 1 ? "다음 차례입니다. 자동으로 들어갑니다." : `대기 순서는 ${position}번째입니다. 차례가 되면 자동으로 들어갑니다.`,
    tryAgain: "다시 시도",
    yourName: (name) => `이름: ${name}`,
    change: "본인이 아닌가요?",
    picture: "수업 화면",
    controls: "재생 제어",
    sound: "눌러서 소리 켜기",
    play: "재생",
    pause: "일시정지",
    mute: "소리 끄기",
    unmute: "소리 켜기",
    volume: "음량",
    live: "실시간",
    seconds: (seconds) => `${oneDecimal(seconds)}초`,
    wholeSeconds: (seconds) => `${Math.round(seconds)}초`,
    delayHint: "선생님보다 늦은 시간",
    goLive: "실시간으로 이동",
    behind: " 늦음",
    quality: "화질",
    auto: "자동",
    subSecond: "실시간 · 최소 지연",
    subSecondDelay: "0.5초 미만",
    subSecondComes: "연결 중…",
    playsNow: (quality) => `현재 ${quality}`,
    playing: "재생 중",
    pip: "작은 창으로 보기",
    pipEnd: "작은 창 닫기",
    fullscreen: "전체 화면",
    fullscreenEnd: "전체 화면 종료",
    states: { live: "실시간", paused: "일시정지", behind: "지연", waiting: "대기 중", working: "연결 중", over: "종료", ended: "중단" },
  },
};
