// Sentences that more than one page says.
import type { Texts } from "./language.ts";

interface CommonTexts {
  readonly copy: string;
  readonly copied: string;
  readonly copyFailed: string;
  readonly cancel: string;
  readonly close: string;
  readonly language: string;
  readonly theme: Readonly<Record<"auto" | "light" | "dark", string>>;
  readonly signOut: string;
  /** The administrator's ways between the pages. */
  readonly pages: string;
  readonly toTeach: string;
  readonly toCluster: string;
  readonly unreachable: string;
  readonly unreachableNow: string;
  readonly somethingWrong: string;
}

export const commonTexts: Texts<CommonTexts> = {
  en: {
    copy: "Copy",
    copied: "Copied",
    copyFailed: "Your browser did not let us copy. Select the text and copy it yourself.",
    cancel: "Cancel",
    close: "Close",
    language: "한국어로 보기",
    theme: { auto: "Colours: as this device", light: "Colours: light", dark: "Colours: dark" },
    signOut: "Sign out",
    pages: "Pages for the administrator",
    toTeach: "Classes",
    toCluster: "Cluster",
    unreachable: "The school's server cannot be reached. Trying again …",
    unreachableNow: "The school's server cannot be reached. Please try again in a moment.",
    somethingWrong: "That did not work. Please try again.",
  },
  ko: {
    copy: "복사",
    copied: "복사했습니다",
    copyFailed: "브라우저가 복사를 막았습니다. 글자를 선택해 직접 복사해 주세요.",
    cancel: "취소",
    close: "닫기",
    language: "View in English",
    theme: { auto: "화면 테마: 기기 설정에 맞춤", light: "화면 테마: 밝게", dark: "화면 테마: 어둡게" },
    signOut: "로그아웃",
    pages: "관리자 페이지",
    toTeach: "수업",
    toCluster: "클러스터",
    unreachable: "학교 서버에 연결할 수 없습니다. 다시 시도하고 있습니다…",
    unreachableNow: "학교 서버에 연결할 수 없습니다. 잠시 후 다시 시도해 주세요.",
    somethingWrong: "처리하지 못했습니다. 다시 시도해 주세요.",
  },
};
