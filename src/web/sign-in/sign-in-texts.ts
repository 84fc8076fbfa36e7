// Every sentence of signing in.
import type { Texts } from "../common/language.ts";

interface SignInTexts {
  readonly title: string;
  readonly introTeach: string;
  readonly introCluster: string;
  readonly token: string;
  readonly tokenHint: string;
  readonly show: string;
  readonly hide: string;
  readonly signIn: string;
  readonly wrongToken: string;
  readonly expired: string;
  readonly notSignedOut: string;
  readonly tooMany: string;
  readonly tooManyFor: (seconds: number) => string;
  readonly loading: string;
  readonly adminOnly: string;
  readonly toTeach: string;
  readonly otherToken: string;
}

export const signInTexts: Texts<SignInTexts> = {
  en: {
    title: "Sign in",
    introTeach: "For teachers and administrators. Students need no sign-in: they open the link or type the code of their class.",
    introCluster: "For the school's administrator.",
    token: "Token",
    tokenHint: "The admin token, or the token that you were given for your class.",
    show: "Show the token",
    hide: "Hide the token",
    signIn: "Sign in",
    wrongToken: "This token does not sign in. Check it, or ask your administrator for a new one.",
    expired: "Your session has ended. Please sign in again.",
    notSignedOut:
      "The school's server could not be reached: you are still signed in on this computer. Reload this page in a moment and sign out again.",
    tooMany: "Too many tries. Please wait a moment, then try again.",
    tooManyFor: (seconds) => `Too many tries. Please try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`,
    loading: "One moment …",
    adminOnly: "This page is for the administrator. Your token is for one class.",
    toTeach: "Go to my class",
    otherToken: "Sign in with another token",
  },
  ko: {
    title: "로그인",
    introTeach: "선생님과 관리자를 위한 페이지입니다. 학생은 로그인하지 않고 수업 링크를 열거나 참여 코드를 입력하면 됩니다.",
    introCluster: "학교 관리자를 위한 페이지입니다.",
    token: "토큰",
    tokenHint: "관리자 토큰 또는 수업용으로 받은 토큰을 입력해 주세요.",
    show: "토큰 보기",
    hide: "토큰 숨기기",
    signIn: "로그인",
    wrongToken: "이 토큰으로는 로그인할 수 없습니다. 다시 확인하거나 관리자에게 새 토큰을 요청해 주세요.",
    expired: "로그인이 만료되었습니다. 다시 로그인해 주세요.",
    notSignedOut: "학교 서버에 연결할 수 없어 로그아웃하지 못했습니다. 잠시 후 이 페이지를 새로 고친 뒤 다시 로그아웃해 주세요.",
    tooMany: "시도 횟수가 너무 많습니다. 잠시 후 다시 시도해 주세요.",
    tooManyFor: (seconds) => `시도 횟수가 너무 많습니다. ${seconds}초 후에 다시 시도해 주세요.`,
    loading: "잠시만 기다려 주세요…",
    adminOnly: "관리자 전용 페이지입니다. 지금 로그인한 토큰으로는 수업 하나만 관리할 수 있습니다.",
    toTeach: "내 수업으로 가기",
    otherToken: "다른 토큰으로 로그인",
  },
};
