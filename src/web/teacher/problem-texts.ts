// What an error of the API means to a teacher. Never a code, never a status.
import { commonTexts } from "../common/common-texts.ts";
import { inLanguage, type Texts } from "../common/language.ts";

interface ProblemTexts {
  readonly class_exists: string;
  readonly join_code_taken: string;
  readonly no_such_class: string;
  readonly no_such_viewer: string;
  readonly not_your_class: string;
  readonly invalid_input: string;
  readonly too_many_requests: string;
  readonly unreachable: string;
}

const problemTexts: Texts<ProblemTexts> = {
  en: {
    class_exists: "There is a class with this name in its address already. Choose another name.",
    join_code_taken: "Another class has this code. Choose another one.",
    no_such_class: "This class is not there any more. Somebody has deleted it.",
    no_such_viewer: "This person is not watching any more.",
    not_your_class: "Only the administrator may do this.",
    invalid_input: "Something in it cannot be used. Please check what you typed.",
    too_many_requests: "That was a lot at once. Please wait a few seconds.",
    unreachable: "The school’s server does not answer. Please try again in a moment.",
  },
  ko: {
    class_exists: "주소에 같은 이름을 쓰는 수업이 이미 있습니다. 다른 이름을 정해 주세요.",
    join_code_taken: "다른 수업에서 쓰고 있는 코드입니다. 다른 코드를 정해 주세요.",
    no_such_class: "삭제된 수업입니다.",
    no_such_viewer: "지금은 보고 있지 않은 사람입니다.",
    not_your_class: "관리자만 할 수 있습니다.",
    invalid_input: "사용할 수 없는 내용이 있습니다. 입력한 내용을 확인해 주세요.",
    too_many_requests: "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.",
    unreachable: "학교 서버가 응답하지 않습니다. 잠시 후 다시 시도해 주세요.",
  },
};

/** @param code of a problem document, or `unreachable` */
export function problemSentence(code: string): string {
  const texts: Readonly<Record<string, string>> = { ...inLanguage(problemTexts) };
  return texts[code] ?? inLanguage(commonTexts).somethingWrong;
}
