// How a class is doing, in words: what is the matter, and what to do about it, with OBS's own names of its settings.
import type { Language } from "../common/choose-language.ts";
import { language, type Texts } from "../common/language.ts";
import { formatBitrate, formatNumber, formatPercent, formatSeconds } from "../common/number-format.ts";
import type { Finding, FindingCode } from "./ingest-health.ts";

interface Advice {
  readonly what: string;
  /** Undefined: there is nothing to do. */
  readonly todo: string;
}

type AdviceTexts = { readonly [Code in FindingCode]: (finding: Extract<Finding, { code: Code }>) => Advice };

const number = (value: number, of: Language): string => formatNumber(Math.round(value), of);
const percent = (value: number, of: Language): string => formatPercent(value, of, value < 10 ? 1 : 0);

const adviceTexts: Texts<AdviceTexts> = {
  en: {
    nothing_arrives: () => ({
      what: "OBS is connected, but nothing arrives.",
      todo: "Check this computer’s network. If it stays, press “Stop Streaming” and “Start Streaming” in OBS.",
    }),
    no_video: () => ({
      what: "No picture arrives, only sound.",
      todo: "In OBS, add a source to the scene (for example Display Capture), then start the stream again.",
    }),
    no_audio: () => ({
      what: "No sound arrives.",
      todo: "OBS → Settings → Audio: choose your microphone as Mic/Auxiliary Audio. OBS → Settings → Output → Streaming: Audio Track 1.",
    }),
    frames_lost: ({ percent: share }) => ({
      what: `OBS drops ${percent(share, "en")} of the frames: the way to the server is too slow.`,
      todo: "Use a network cable instead of Wi-Fi, or lower the Bitrate in OBS → Settings → Output.",
    }),
    students_stall: ({ percent: share }) => ({
      what: `Students’ pictures stand still ${percent(share, "en")} of the time.`,
      todo: "Mostly the Wi-Fi of the classroom is full: lower the Bitrate in OBS → Settings → Output, and tell your IT person.",
    }),
    keyframes_far: ({ everyS, reencoding }) => ({
      what: `Keyframes come every ${formatSeconds(everyS, "en")}: ${reencoding ? "the server has to encode the picture again, which costs quality and a moment of delay." : "students wait longer for the picture."}`,
      todo: "Set Keyframe Interval to 2 s in OBS → Settings → Output (Output Mode “Advanced”, Streaming).",
    }),
    frames_few: ({ fps }) => ({
      what: `Only ${number(fps, "en")} frames per second: movement looks jerky.`,
      todo: "For slides this is fine. Else choose 30 as Common FPS Values in OBS → Settings → Video.",
    }),
    frames_unsteady: ({ lowest, highest }) => ({
      what: `Frames come unsteadily: ${number(lowest, "en")} to ${number(highest, "en")} per second.`,
      todo: "This computer may be too busy: close other programs, or choose a smaller Output (Scaled) Resolution in OBS → Settings → Video.",
    }),
    bitrate_high: ({ bitrate }) => ({
      what: `${formatBitrate(bitrate, "en")} is a lot: every student has to receive as much.`,
      todo: "Lower the Bitrate to 2500–4000 Kbps in OBS → Settings → Output.",
    }),
    bitrate_low: ({ bitrate, height }) => ({
      what: `${formatBitrate(bitrate, "en")} is little for a picture of ${height} lines: writing may be blurred.`,
      todo: "Raise the Bitrate to 2500 Kbps in OBS → Settings → Output.",
    }),
    video_codec: ({ codec }) => ({
      what: `The picture comes as ${codec}, which some students’ devices cannot play.`,
      todo: "Choose an H.264 encoder (x264) as Video Encoder in OBS → Settings → Output.",
    }),
    audio_codec: ({ codec }) => ({
      what: `The sound comes as ${codec} and is converted on the way.`,
      todo: "Choose AAC as Audio Encoder in OBS → Settings → Output.",
    }),
    restarts: ({ count }) => ({
      what:
        count === 1
          ? "The server had to begin anew with your picture once."
          : `The server had to begin anew with your picture ${count} times.`,
      todo: "If the number grows, tell your IT person.",
    }),
  },
  ko: {
    nothing_arrives: () => ({
      what: "OBS는 연결되어 있지만 아무것도 들어오지 않습니다.",
      todo: "이 컴퓨터의 네트워크를 확인해 주세요. 계속되면 OBS에서 ‘방송 중단’을 누른 뒤 다시 ‘방송 시작’을 눌러 주세요.",
    }),
    no_video: () => ({
      what: "소리만 들어오고 화면이 들어오지 않습니다.",
      todo: "OBS 장면에 소스(예: 디스플레이 캡쳐)를 추가한 뒤 방송을 다시 시작해 주세요.",
    }),
    no_audio: () => ({
      what: "소리가 들어오지 않습니다.",
      todo: "OBS → 설정 → 오디오에서 마이크/Aux 오디오를 선택하고, 설정 → 출력 → 방송에서 오디오 트랙 1을 선택해 주세요.",
    }),
    frames_lost: ({ percent: share }) => ({
      what: `서버까지 가는 네트워크가 느려서 OBS가 프레임의 ${percent(share, "ko")}를 보내지 못하고 있습니다.`,
      todo: "Wi-Fi 대신 유선 랜을 쓰거나, OBS → 설정 → 출력에서 비트레이트를 낮춰 주세요.",
    }),
    students_stall: ({ percent: share }) => ({
      what: `학생 화면이 전체 시간의 ${percent(share, "ko")} 동안 멈춰 있습니다.`,
      todo: "대부분 교실 Wi-Fi가 가득 찬 경우입니다. OBS → 설정 → 출력에서 비트레이트를 낮추고 전산 담당자에게 알려 주세요.",
    }),
    keyframes_far: ({ everyS, reencoding }) => ({
      what: `키프레임 간격이 ${formatSeconds(everyS, "ko")}입니다. ${reencoding ? "서버가 화면을 다시 인코딩해야 해서 화질이 떨어지고 조금 늦어집니다." : "학생이 화면을 보기까지 더 오래 걸립니다."}`,
      todo: "OBS → 설정 → 출력 → 키프레임 간격을 2초로 맞춰 주세요. (출력 방식 ‘고급’의 방송 탭)",
    }),
    frames_few: ({ fps }) => ({
      what: `초당 ${number(fps, "ko")}프레임만 들어와 움직임이 끊겨 보입니다.`,
      todo: "슬라이드라면 괜찮습니다. 아니라면 OBS → 설정 → 비디오에서 표준 FPS 값을 30으로 맞춰 주세요.",
    }),
    frames_unsteady: ({ lowest, highest }) => ({
      what: `화면이 고르게 들어오지 않습니다. (초당 ${number(lowest, "ko")}~${number(highest, "ko")}프레임)`,
      todo: "컴퓨터가 바쁜 것 같습니다. 다른 프로그램을 닫거나, OBS → 설정 → 비디오에서 출력 (조정된) 해상도를 낮춰 주세요.",
    }),
    bitrate_high: ({ bitrate }) => ({
      what: `${formatBitrate(bitrate, "ko")}는 너무 높습니다. 학생 한 명 한 명이 이만큼 받아야 합니다.`,
      todo: "OBS → 설정 → 출력에서 비트레이트를 2500~4000 Kbps로 낮춰 주세요.",
    }),
    bitrate_low: ({ bitrate, height }) => ({
      what: `${height}p 화면에 ${formatBitrate(bitrate, "ko")}는 너무 낮습니다. 글씨가 흐릴 수 있습니다.`,
      todo: "OBS → 설정 → 출력에서 비트레이트를 2500 Kbps로 높여 주세요.",
    }),
    video_codec: ({ codec }) => ({
      what: `화면이 ${codec} 형식이라 일부 학생 기기에서 나오지 않습니다.`,
      todo: "OBS → 설정 → 출력에서 비디오 인코더를 H.264(x264)로 바꿔 주세요.",
    }),
    audio_codec: ({ codec }) => ({
      what: `소리가 ${codec} 형식이라 서버에서 변환하고 있습니다.`,
      todo: "OBS → 설정 → 출력에서 오디오 인코더를 AAC로 바꿔 주세요.",
    }),
    restarts: ({ count }) => ({
      what: `서버가 화면 처리를 ${count}번 다시 시작했습니다.`,
      todo: "횟수가 계속 늘어나면 전산 담당자에게 알려 주세요.",
    }),
  },
};

export function adviceOf(finding: Finding): Advice {
  // The table has a sentence for each code; that they belong together is beyond what the compiler follows.
  const say = adviceTexts[language()][finding.code] as (finding: Finding) => Advice;
  return say(finding);
}
