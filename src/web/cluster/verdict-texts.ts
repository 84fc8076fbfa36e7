// The verdict in words: what is the matter, and what to do. Pure.
import type { Texts } from "../common/language.ts";
import { formatNumber, formatPercent } from "../common/number-format.ts";
import { formatTime } from "../common/time-format.ts";
import type { Language } from "../common/choose-language.ts";
import type { Finding } from "./verdict.ts";

export interface FindingWords {
  readonly title: string;
  readonly advice: string;
}

const maxNames = 3;

/** "slave-1, slave-2, slave-3 and 4 more" */
export function namesInWords(names: readonly string[], language: Language): string {
  const [shown, more] = [names.slice(0, maxNames).join(", "), names.length - maxNames];
  if (more <= 0) return shown;
  return language === "ko" ? `${shown} 외 ${more}대` : `${shown} and ${more} more`;
}

interface VerdictTexts {
  readonly allWell: FindingWords;
  readonly words: (finding: Finding) => FindingWords;
}

const slaves = (count: number): string => `${formatNumber(count, "en")} ${count === 1 ? "slave" : "slaves"}`;
const are = (count: number): string => `${slaves(count)} ${count === 1 ? "is" : "are"}`;
const since = (sinceMs: number | undefined): string => (sinceMs === undefined ? "" : ` since ${formatTime(sinceMs, "en")}`);

function inEnglish(finding: Finding): FindingWords {
  const names = "names" in finding ? namesInWords(finding.names, "en") : "";
  const count = "names" in finding ? finding.names.length : 0;
  switch (finding.kind) {
    case "starting":
      return {
        title: "The master has just started",
        advice: "Slaves report again by themselves within a few seconds. Whoever watches goes on watching.",
      };
    case "no_slave":
      return { title: "No slave yet", advice: "Nobody can watch before there is one. Add the first slave below: it takes two minutes." };
    case "nobody_takes":
      return { title: "No slave takes students", advice: "Start a slave, add one, or take one back that is being drained." };
    case "full":
      return finding.waiting
        ? { title: "All places are taken", advice: "New students wait in line. Add a slave: they are let in as soon as it has reported." }
        : {
            title: "All places are taken",
            advice: "New students are let in all the same, and slaves carry more than they should. Add a slave.",
          };
    case "almost_full":
      return {
        title: `Almost full: ${formatPercent(finding.percent, "en")} of all places`,
        advice: "Add a slave before the next class begins.",
      };
    case "filling":
      return {
        title: `Getting full: ${formatPercent(finding.percent, "en")} of all places`,
        advice: "There is room for now. Add a slave if more classes are to come.",
      };
    case "offline":
      return {
        title: `${slaves(count)} ${finding.sinceMs === undefined ? (count === 1 ? "is" : "are") : count === 1 ? "has been" : "have been"} offline${since(finding.sinceMs)}`,
        advice: `${names}: start the PC again, or look at its network cable. It comes back by itself; its students were sent to other slaves.`,
      };
    case "suspect":
      return {
        title: `${slaves(count)} ${count === 1 ? "has" : "have"} not reported${since(finding.sinceMs)}`,
        advice: `${names}: nothing to do yet. No new students are sent there; after a while without a word it counts as offline.`,
      };
    case "missing":
      return {
        title: `${slaves(count)} ${count === 1 ? "has" : "have"} not come back${since(finding.sinceMs)}`,
        advice: `${names}: start the PC again. If it was taken away for good, there is nothing to do.`,
      };
    case "node_full":
      return {
        title: `${are(count)} nearly full, others have room`,
        advice: `${names}: new students go to the other slaves by themselves.`,
      };
    case "busy_cpu":
      return {
        title: `The processor of ${slaves(count)} is busy`,
        advice: `${names}: end other programs there, send fewer students (MAX_CONNECTIONS), or add a slave.`,
      };
    case "busy_memory":
      return { title: `The memory of ${slaves(count)} is nearly used up`, advice: `${names}: end other programs on that PC.` };
    case "lagging":
      return {
        title: `Copies on ${slaves(count)} are ${formatNumber(finding.behindS, "en", 1)} s behind`,
        advice: `${names}: look at the network between the slaves. Students there see the class later.`,
      };
    case "draining":
      return { title: `${are(count)} being drained`, advice: `${names}: students and streams move to other slaves.` };
    case "drained":
      return { title: `${are(count)} drained`, advice: `${names}: may be switched off, or taken back.` };
    case "one_slave":
      return { title: "A single slave takes students", advice: "When it fails, classes stop. With a second one nobody notices." };
    case "other_version":
      return {
        title: `${slaves(count)} ${count === 1 ? "runs" : "run"} another version than the master`,
        advice: `${names}: update ${count === 1 ? "it" : "them"} when no class is on.`,
      };
  }
}

const sinceKo = (sinceMs: number | undefined): string => (sinceMs === undefined ? "" : `${formatTime(sinceMs, "ko")}부터 `);

function inKorean(finding: Finding): FindingWords {
  const names = "names" in finding ? namesInWords(finding.names, "ko") : "";
  const count = "names" in finding ? `${formatNumber(finding.names.length, "ko")}대` : "";
  switch (finding.kind) {
    case "starting":
      return {
        title: "마스터가 방금 시작되었습니다",
        advice: "슬레이브가 몇 초 안에 다시 연결됩니다. 보고 있던 학생은 계속 볼 수 있습니다.",
      };
    case "no_slave":
      return {
        title: "아직 슬레이브가 없습니다",
        advice: "슬레이브가 있어야 수업을 볼 수 있습니다. 아래에서 첫 슬레이브를 추가해 주세요. 2분이면 됩니다.",
      };
    case "nobody_takes":
      return {
        title: "학생을 받을 수 있는 슬레이브가 없습니다",
        advice: "슬레이브를 시작하거나 추가하고, 비우는 중인 슬레이브가 있으면 다시 사용해 주세요.",
      };
    case "full":
      return finding.waiting
        ? { title: "자리가 모두 찼습니다", advice: "새로 온 학생은 순서를 기다립니다. 슬레이브를 추가하면 바로 들어올 수 있습니다." }
        : { title: "자리가 모두 찼습니다", advice: "새로 온 학생도 들어오지만 슬레이브에 무리가 됩니다. 슬레이브를 추가해 주세요." };
    case "almost_full":
      return {
        title: `자리가 거의 찼습니다 (${formatPercent(finding.percent, "ko")})`,
        advice: "다음 수업 전에 슬레이브를 추가해 주세요.",
      };
    case "filling":
      return {
        title: `자리가 차고 있습니다 (${formatPercent(finding.percent, "ko")})`,
        advice: "지금은 여유가 있습니다. 수업이 더 있다면 슬레이브를 추가해 주세요.",
      };
    case "offline":
      return {
        title: `${sinceKo(finding.sinceMs)}슬레이브 ${count}가 오프라인입니다`,
        advice: `${names}: PC를 다시 켜거나 네트워크 선을 확인해 주세요. PC가 켜지면 자동으로 다시 연결됩니다. 그곳의 학생은 다른 슬레이브로 옮겨졌습니다.`,
      };
    case "suspect":
      return {
        title: `${sinceKo(finding.sinceMs)}슬레이브 ${count}의 신호가 없습니다`,
        advice: `${names}: 아직 할 일은 없습니다. 새 학생을 보내지 않고 있으며, 계속 신호가 없으면 오프라인으로 표시됩니다.`,
      };
    case "missing":
      return {
        title: `${sinceKo(finding.sinceMs)}슬레이브 ${count}가 돌아오지 않았습니다`,
        advice: `${names}: PC를 다시 켜 주세요. 더 쓰지 않는 PC라면 그대로 두어도 됩니다.`,
      };
    case "node_full":
      return {
        title: `슬레이브 ${count}가 거의 찼지만 다른 곳에 여유가 있습니다`,
        advice: `${names}: 새 학생은 자동으로 다른 슬레이브로 갑니다.`,
      };
    case "busy_cpu":
      return {
        title: `슬레이브 ${count}의 CPU 사용률이 높습니다`,
        advice: `${names}: 그 PC의 다른 프로그램을 종료하거나, 학생 수(MAX_CONNECTIONS)를 줄이거나, 슬레이브를 추가해 주세요.`,
      };
    case "busy_memory":
      return { title: `슬레이브 ${count}의 메모리가 부족합니다`, advice: `${names}: 그 PC의 다른 프로그램을 종료해 주세요.` };
    case "lagging":
      return {
        title: `슬레이브 ${count}의 사본이 ${formatNumber(finding.behindS, "ko", 1)}초 늦습니다`,
        advice: `${names}: 슬레이브 사이의 네트워크를 확인해 주세요. 그곳의 학생은 수업을 늦게 봅니다.`,
      };
    case "draining":
      return { title: `슬레이브 ${count}를 비우는 중입니다`, advice: `${names}: 학생과 방송을 다른 슬레이브로 옮기고 있습니다.` };
    case "drained":
      return { title: `슬레이브 ${count}를 모두 비웠습니다`, advice: `${names}: PC를 꺼도 되고, 다시 사용해도 됩니다.` };
    case "one_slave":
      return {
        title: "학생을 받는 슬레이브가 한 대뿐입니다",
        advice: "고장 나면 수업이 멈춥니다. 한 대 더 있으면 고장 나도 수업이 이어집니다.",
      };
    case "other_version":
      return { title: `슬레이브 ${count}의 버전이 마스터와 다릅니다`, advice: `${names}: 수업이 없을 때 업데이트해 주세요.` };
  }
}

export const verdictTexts: Texts<VerdictTexts> = {
  en: {
    allWell: { title: "All well", advice: "There is nothing for you to do." },
    words: inEnglish,
  },
  ko: {
    allWell: { title: "모두 정상입니다", advice: "지금은 할 일이 없습니다." },
    words: inKorean,
  },
};
