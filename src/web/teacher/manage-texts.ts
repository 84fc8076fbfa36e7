// Every sentence of what changes a class: its settings, its end, who watches it, who else teaches it.
import type { Texts } from "../common/language.ts";

interface ManageTexts {
  readonly none: string;
  readonly noneHint: string;
  readonly search: string;
  /** @param duration how long somebody has been watching */
  readonly since: (duration: string) => string;
  /** Pictures on teachers' pages: they are no students, but cost what a student costs. */
  readonly previews: (count: number) => string;
  readonly nothingFound: string;
  readonly more: (shown: number, found: number) => string;
  readonly missing: (servers: number) => string;
  readonly remove: string;
  readonly removeLabel: (name: string) => string;
  readonly removeTitle: (name: string) => string;
  readonly removeText: string;
  readonly removed: (name: string) => string;
  readonly removedList: (count: number) => string;
  readonly until: (time: string) => string;
  readonly letIn: string;
  readonly letInLabel: (name: string) => string;
  readonly lettingIn: (name: string) => string;

  readonly save: string;
  readonly saved: string;
  readonly end: string;
  readonly endTitle: string;
  readonly endText: string;
  readonly ended: string;
  readonly reopen: string;
  readonly reopened: string;
  readonly delete: string;
  readonly deleteTitle: (title: string) => string;
  readonly deleteText: string;
  readonly deleteLive: string;
  readonly deleteEnd: string;

  readonly access: string;
  readonly accessNone: string;
  readonly accessThere: string;
  readonly accessMake: string;
  readonly accessReplace: string;
  readonly accessReplaceTitle: string;
  readonly accessReplaceText: string;
  readonly accessTake: string;
  readonly accessTakeTitle: string;
  readonly accessTakeText: string;
  readonly accessLink: string;
  readonly accessOnce: string;
  readonly accessTaken: string;
}

export const manageTexts: Texts<ManageTexts> = {
  en: {
    none: "Nobody yet",
    noneHint: "Names appear here as soon as somebody joins.",
    search: "Find a name",
    since: (duration) => `for ${duration}`,
    previews: (count) =>
      count === 1
        ? "The picture on a teacher’s page is not counted here."
        : `The pictures on ${count} teachers’ pages are not counted here.`,
    nothingFound: "Nobody of this name is watching.",
    more: (shown, found) => `The first ${shown} of ${found}. Type a name to find the others.`,
    missing: (servers) =>
      servers === 1
        ? "One server did not answer: its viewers are not in the list."
        : `${servers} servers did not answer: their viewers are not in the list.`,
    remove: "Remove",
    removeLabel: (name) => `Remove ${name}`,
    removeTitle: (name) => `Remove ${name}?`,
    removeText:
      "The picture ends for this person within a few seconds, and nobody can come back with this name for 12 hours. Change the join code if they return under another name.",
    removed: (name) => `${name} is removed.`,
    removedList: (count) => `Removed (${count})`,
    until: (time) => `until ${time}`,
    letIn: "Let in again",
    letInLabel: (name) => `Let ${name} in again`,
    lettingIn: (name) => `${name} may join again.`,
    save: "Save",
    saved: "Saved.",
    end: "End the class",
    endTitle: "End the class?",
    endText:
      "Students see that the class is over, and OBS is cut off. You can open it again at any time: students who still have the page open come back by themselves.",
    ended: "The class is over.",
    reopen: "Open again",
    reopened: "The class is open again. Start streaming in OBS.",
    delete: "Delete the class",
    deleteTitle: (title) => `Delete “${title}”?`,
    deleteText: "The link, the join code, the stream key in OBS and the teacher’s access end for good. It cannot be undone.",
    deleteLive: "The class is live: everybody who watches loses the picture.",
    deleteEnd: "Delete for good",
    access: "Access for the teacher",
    accessNone:
      "So far only the administrator can open this page. Make a link for the teacher: it leads straight to this class, and to no other.",
    accessThere: "A teacher has a link to this class. It was shown once, when it was made.",
    accessMake: "Make a link",
    accessReplace: "Make a new link",
    accessReplaceTitle: "Make a new link for the teacher?",
    accessReplaceText: "The old link ends at once, and who is signed in with it is signed out.",
    accessTake: "Take the access away",
    accessTakeTitle: "Take the teacher’s access away?",
    accessTakeText: "The link ends at once, and who is signed in with it is signed out. The class itself goes on.",
    accessLink: "Link for the teacher",
    accessOnce: "Copy it now: it is shown only this once. Whoever has it can run this class.",
    accessTaken: "The teacher’s access is taken away.",
  },
  ko: {
    none: "아직 아무도 없습니다",
    noneHint: "학생이 들어오면 이름이 여기에 나타납니다.",
    search: "이름 찾기",
    since: (duration) => `${duration}째`,
    previews: (count) => `선생님 페이지에서 보는 화면 ${count}개는 인원에 넣지 않았습니다.`,
    nothingFound: "이 이름으로 보고 있는 사람이 없습니다.",
    more: (shown, found) => `${found}명 가운데 ${shown}명만 보입니다. 이름을 입력해 찾아 주세요.`,
    missing: (servers) => `서버 ${servers}대가 응답하지 않아 그 서버에서 보는 사람은 목록에 없습니다.`,
    remove: "내보내기",
    removeLabel: (name) => `${name} 내보내기`,
    removeTitle: (name) => `${name} 님을 내보낼까요?`,
    removeText:
      "몇 초 안에 화면이 꺼지고, 12시간 동안 이 이름으로 다시 들어올 수 없습니다. 다른 이름으로 들어오면 참여 코드를 바꿔 주세요.",
    removed: (name) => `${name} 님을 내보냈습니다.`,
    removedList: (count) => `내보낸 사람 (${count})`,
    until: (time) => `${time}까지`,
    letIn: "다시 허용",
    letInLabel: (name) => `${name} 다시 참여 허용`,
    lettingIn: (name) => `${name} 님이 다시 들어올 수 있습니다.`,
    save: "저장",
    saved: "저장했습니다.",
    end: "수업 끝내기",
    endTitle: "수업을 끝낼까요?",
    endText:
      "학생에게 수업이 끝났다고 알리고 OBS 연결을 끊습니다. 언제든 다시 열 수 있으며, 페이지를 열어 둔 학생은 자동으로 다시 들어옵니다.",
    ended: "수업을 끝냈습니다.",
    reopen: "다시 열기",
    reopened: "수업을 다시 열었습니다. OBS에서 방송을 시작해 주세요.",
    delete: "수업 삭제",
    deleteTitle: (title) => `‘${title}’ 수업을 삭제할까요?`,
    deleteText: "링크, 참여 코드, OBS에 넣은 스트림 키, 선생님 링크를 더 이상 쓸 수 없습니다. 되돌릴 수 없습니다.",
    deleteLive: "지금 방송 중입니다. 보고 있는 모든 사람의 화면이 꺼집니다.",
    deleteEnd: "완전히 삭제",
    access: "선생님 링크",
    accessNone:
      "지금은 관리자만 이 페이지를 열 수 있습니다. 선생님께 드릴 링크를 만들어 주세요. 링크를 받은 선생님은 이 수업만 관리할 수 있습니다.",
    accessThere: "선생님이 이 수업의 링크를 가지고 있습니다. 링크는 만들 때 한 번만 보입니다.",
    accessMake: "링크 만들기",
    accessReplace: "새 링크 만들기",
    accessReplaceTitle: "선생님 링크를 새로 만들까요?",
    accessReplaceText: "이전 링크는 바로 쓸 수 없게 되고, 그 링크로 로그인한 사람은 로그아웃됩니다.",
    accessTake: "링크 없애기",
    accessTakeTitle: "선생님 링크를 없앨까요?",
    accessTakeText: "링크를 바로 쓸 수 없게 되고, 그 링크로 로그인한 사람은 로그아웃됩니다. 수업은 그대로 이어집니다.",
    accessLink: "선생님 링크",
    accessOnce: "지금 복사해 주세요. 이번 한 번만 보입니다. 이 링크를 가진 사람은 누구나 이 수업을 관리할 수 있습니다.",
    accessTaken: "선생님 링크를 없앴습니다.",
  },
};
