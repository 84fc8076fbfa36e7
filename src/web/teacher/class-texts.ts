// Every sentence about one class, but for OBS (obs-texts.ts) and how it is doing (health-texts.ts).
import type { Texts } from "../common/language.ts";

export type Phase = "closed" | "idle" | "waiting" | "live";

interface ClassTexts {
  readonly allClasses: string;
  readonly phase: Readonly<Record<Phase, string>>;
  /** Where the picture would be. */
  readonly noPicture: Readonly<Record<Phase, string>>;
  readonly watching: (count: number) => string;
  readonly lost: string;
  readonly gone: string;
  readonly sections: {
    readonly picture: string;
    readonly join: string;
    readonly viewers: string;
    readonly figures: string;
    readonly settings: string;
  };
  readonly preview: string;
  readonly previewOff: string;
  readonly allWell: string;
  readonly judging: string;
  readonly notLive: string;
  readonly whileOver: string;
  readonly delay: (seconds: string) => string;
  readonly facts: {
    readonly bitrate: string;
    readonly fps: string;
    readonly size: string;
    readonly keyframes: string;
    readonly delay: string;
    readonly server: string;
  };
  readonly plots: {
    readonly viewers: string;
    readonly bitrate: string;
    readonly fps: string;
    readonly dropped: string;
    readonly delay: string;
  };
  readonly plotsEmpty: string;
  readonly code: string;
  readonly noCode: string;
  readonly link: string;
  readonly onlyHere: string;
  readonly previewRefused: string;
  readonly listen: string;
  readonly mute: string;
  readonly qr: (title: string) => string;
  readonly wall: string;
  readonly wallEnd: string;
  readonly wallOpen: string;
  readonly wallScan: string;
  readonly wallType: string;
}

export const classTexts: Texts<ClassTexts> = {
  en: {
    allClasses: "All classes",
    phase: { closed: "Over", idle: "Not started", waiting: "Waiting for OBS", live: "Live" },
    noPicture: {
      closed: "The class is over. Open it again to go on.",
      idle: "No picture yet. Press “Start Streaming” in OBS.",
      waiting: "OBS has stopped or lost its connection. Students wait and go on by themselves.",
      live: "The picture is coming …",
    },
    watching: (count) => (count === 1 ? "1 watching" : `${count} watching`),
    lost: "The school’s server does not answer at the moment. Students who watch go on; this page comes back by itself.",
    gone: "This class has been deleted.",
    sections: { picture: "Picture", join: "Students join", viewers: "Who watches", figures: "The last 30 minutes", settings: "Settings" },
    preview: "Show the picture",
    previewOff: "The picture is switched off on this page. Students see it as always.",
    allWell: "All is well: picture and sound arrive as they should.",
    judging: "Picture and sound arrive. How good they are can be said in a few seconds.",
    whileOver: "While the class is over, nobody can stream or watch.",
    notLive: "As soon as OBS streams, you see here whether all is well.",
    delay: (seconds) => `${seconds} behind you`,
    facts: { bitrate: "Bitrate", fps: "Frames per second", size: "Size", keyframes: "Keyframes every", delay: "Delay", server: "Server" },
    plots: {
      viewers: "Watching",
      bitrate: "Bitrate (Mbit/s)",
      fps: "Frames per second",
      dropped: "Dropped frames",
      delay: "Delay (s)",
    },
    plotsEmpty: "The curves begin with the class.",
    code: "Join code",
    noCode: "No code needed: anybody with the link may join.",
    link: "Link",
    onlyHere:
      "This address works on this computer only. Open this page by the address of the school’s server (its name or number instead of localhost), and the right one is shown.",
    previewRefused: "The picture cannot be shown here now. Students are not affected.",
    listen: "Listen",
    mute: "Mute",
    qr: (title) => `QR code that leads to ${title}`,
    wall: "Show on the wall",
    wallEnd: "Close (Esc)",
    wallOpen: "Open this address",
    wallScan: "or scan this",
    wallType: "and type the code",
  },
  ko: {
    allClasses: "전체 수업",
    phase: { closed: "수업 종료", idle: "시작 전", waiting: "OBS 기다리는 중", live: "방송 중" },
    noPicture: {
      closed: "수업이 끝났습니다. 계속하려면 다시 열어 주세요.",
      idle: "아직 화면이 없습니다. OBS에서 ‘방송 시작’을 눌러 주세요.",
      waiting: "OBS가 멈췄거나 연결이 끊겼습니다. 학생은 기다리고 있으며, 다시 시작하면 자동으로 이어집니다.",
      live: "화면을 불러오고 있습니다…",
    },
    watching: (count) => `${count}명 시청 중`,
    lost: "지금 학교 서버가 응답하지 않습니다. 보고 있는 학생은 계속 볼 수 있으며, 이 페이지는 연결되면 자동으로 다시 표시됩니다.",
    gone: "삭제된 수업입니다.",
    sections: { picture: "화면", join: "학생 참여", viewers: "보고 있는 사람", figures: "최근 30분", settings: "설정" },
    preview: "화면 보기",
    previewOff: "이 페이지에서만 화면을 껐습니다. 학생에게는 그대로 보입니다.",
    allWell: "정상입니다. 화면과 소리가 잘 들어오고 있습니다.",
    judging: "화면과 소리가 들어오고 있습니다. 몇 초 뒤에 상태를 알려 드립니다.",
    whileOver: "수업이 끝난 동안에는 방송하거나 볼 수 없습니다.",
    notLive: "OBS에서 방송을 시작하면 상태가 여기에 나타납니다.",
    delay: (seconds) => `${seconds} 늦게 보임`,
    facts: { bitrate: "비트레이트", fps: "초당 프레임", size: "화면 크기", keyframes: "키프레임 간격", delay: "지연", server: "서버" },
    plots: {
      viewers: "보는 사람 수",
      bitrate: "비트레이트 (Mbit/s)",
      fps: "초당 프레임",
      dropped: "누락된 프레임",
      delay: "지연 (초)",
    },
    plotsEmpty: "수업이 시작되면 그래프가 그려집니다.",
    code: "참여 코드",
    noCode: "코드 없이 참여할 수 있습니다. 링크만 있으면 됩니다.",
    link: "링크",
    onlyHere: "이 주소는 이 컴퓨터에서만 열립니다. localhost 대신 학교 서버의 이름이나 IP 주소로 이 페이지를 열면 올바른 주소가 나옵니다.",
    previewRefused: "지금은 여기에서 화면을 볼 수 없습니다. 학생 화면에는 영향이 없습니다.",
    listen: "소리 듣기",
    mute: "소리 끄기",
    qr: (title) => `${title} 수업으로 가는 QR 코드`,
    wall: "큰 화면에 띄우기",
    wallEnd: "닫기 (Esc)",
    wallOpen: "이 주소를 열고",
    wallScan: "또는 QR 코드를 찍어 주세요",
    wallType: "코드를 입력하세요",
  },
};
