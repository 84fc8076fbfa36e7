// Every sentence of the list of classes, and of making and deleting one.
import type { Texts } from "../common/language.ts";

interface ListTexts {
  readonly title: string;
  readonly newClass: string;
  readonly none: string;
  readonly noneHint: string;
  readonly loading: string;
  readonly listUnreachable: string;
  readonly search: string;
  readonly nothingFound: string;
  readonly watching: (count: number) => string;
  readonly code: (code: string) => string;
  readonly anybody: string;
  readonly createTitle: string;
  readonly classTitle: string;
  readonly classTitleHint: string;
  readonly titleNeeded: string;
  readonly name: string;
  readonly nameAsked: string;
  readonly nameHint: string;
  readonly nameWrong: string;
  readonly address: (address: string) => string;
  readonly changeName: string;
  readonly joinCode: string;
  readonly joinCodeHint: string;
  readonly joinCodeWrong: string;
  readonly open: string;
  readonly openHint: string;
  readonly create: string;
  readonly deleted: (title: string) => string;
}

export const listTexts: Texts<ListTexts> = {
  en: {
    title: "Classes",
    newClass: "New class",
    none: "No class yet",
    noneHint: "Make the first one: give it a title, copy two lines into OBS, show the code to your students.",
    loading: "One moment …",
    listUnreachable: "The school’s server does not answer. The list is as it was; it goes on by itself.",
    search: "Find a class",
    nothingFound: "No class of this name.",
    watching: (count) => (count === 1 ? "1 watching" : `${count} watching`),
    code: (code) => `Code ${code}`,
    anybody: "No code needed",
    createTitle: "New class",
    classTitle: "Title",
    classTitleHint: "What students see, for example “Mathematics 3B”.",
    titleNeeded: "Give the class a title.",
    name: "Name in the address",
    nameAsked: "A short name in Latin letters for the address of the class, for example “math-3b”.",
    nameHint: "Small letters, digits, - and _.",
    nameWrong: "Use small Latin letters, digits, - and _; begin with a letter or digit.",
    address: (address) => `Students open ${address}`,
    changeName: "Change",
    joinCode: "Join code",
    joinCodeHint: "Leave it empty and one is made.",
    joinCodeWrong: "4 to 32 letters (A–Z), digits or hyphens.",
    open: "Anybody may join",
    openHint: "Whoever has the link can watch; no code is asked.",
    create: "Make the class",
    deleted: (title) => `“${title}” is deleted.`,
  },
  ko: {
    title: "수업",
    newClass: "새 수업",
    none: "아직 수업이 없습니다",
    noneHint: "첫 수업을 만들어 보세요. 제목을 정하고, 두 줄을 OBS에 붙여 넣고, 학생들에게 코드를 보여 주면 됩니다.",
    loading: "잠시만 기다려 주세요…",
    listUnreachable: "학교 서버가 응답하지 않습니다. 마지막으로 받은 목록이며, 연결되면 자동으로 바뀝니다.",
    search: "수업 찾기",
    nothingFound: "찾으시는 수업이 없습니다.",
    watching: (count) => `${count}명 시청 중`,
    code: (code) => `코드 ${code}`,
    anybody: "코드 없이 참여",
    createTitle: "새 수업",
    classTitle: "제목",
    classTitleHint: "학생에게 보이는 이름입니다. 예: 수학 3반",
    titleNeeded: "제목을 입력해 주세요.",
    name: "주소에 쓸 이름",
    nameAsked: "수업 주소에 쓸 짧은 이름을 영문으로 정해 주세요. 예: math-3b",
    nameHint: "영문 소문자, 숫자, -, _를 쓸 수 있습니다.",
    nameWrong: "영문 소문자, 숫자, -, _만 쓰고 글자나 숫자로 시작해 주세요.",
    address: (address) => `학생이 여는 주소: ${address}`,
    changeName: "바꾸기",
    joinCode: "참여 코드",
    joinCodeHint: "비워 두면 자동으로 만들어집니다.",
    joinCodeWrong: "영문, 숫자, 하이픈(-)으로 4자에서 32자까지 입력해 주세요.",
    open: "누구나 참여",
    openHint: "링크를 아는 사람은 코드 없이 볼 수 있습니다.",
    create: "수업 만들기",
    deleted: (title) => `‘${title}’ 수업을 삭제했습니다.`,
  },
};
