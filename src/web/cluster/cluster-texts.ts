// What the cluster page says around its parts.
import type { Texts } from "../common/language.ts";

interface ClusterTexts {
  readonly title: string;
  readonly pageTitle: string;
  readonly connected: string;
  readonly connecting: string;
  readonly lost: (time: string) => string;
  readonly lostMeans: string;
  readonly also: string;
  readonly totals: string;
  readonly students: string;
  readonly ofPlaces: (places: string) => string;
  readonly noPlaces: string;
  readonly utilization: string;
  readonly taking: string;
  readonly ofSlaves: (count: string) => string;
  readonly streams: string;
  readonly ofStreams: (count: string) => string;
  readonly bandwidth: string;
  readonly lastMinutes: string;
  readonly plots: Readonly<Record<"students" | "places" | "load" | "meanLoad" | "cpu" | "memory" | "bandwidth", string>>;
  readonly plotsEmpty: string;
  readonly timeline: string;
  readonly timelineLabel: string;
  readonly timelineFilter: string;
  readonly timelineEmpty: string;
  readonly olderEvents: (count: number) => string;
  readonly showEmpty: string;
}

export const clusterTexts: Texts<ClusterTexts> = {
  en: {
    title: "Cluster",
    pageTitle: "Cluster · AIRClass",
    connected: "Live",
    connecting: "Connecting …",
    lost: (time) => `As of ${time}`,
    lostMeans: "The master cannot be reached just now. Classes that are running go on; this page comes back by itself.",
    also: "Also",
    totals: "The cluster now",
    students: "Students watching",
    ofPlaces: (places) => `of ${places} places`,
    noPlaces: "no places yet",
    utilization: "Used",
    taking: "Slaves that take students",
    ofSlaves: (count) => `of ${count}`,
    streams: "Classes on the air",
    ofStreams: (count) => `of ${count} known`,
    bandwidth: "Sent to students and slaves",
    lastMinutes: "Last 30 minutes",
    plots: {
      students: "Students",
      places: "Places",
      load: "Load",
      meanLoad: "Mean load",
      cpu: "CPU",
      memory: "Memory",
      bandwidth: "Bandwidth",
    },
    plotsEmpty: "The first figures come within seconds",
    timeline: "What has happened",
    timelineLabel: "Events, the newest first",
    timelineFilter: "Which events are shown",
    timelineEmpty: "Nothing of this kind has happened since the master started.",
    olderEvents: (count) => `Show ${count} older ones`,
    showEmpty: "Add a slave",
  },
  ko: {
    title: "클러스터",
    pageTitle: "클러스터 · AIRClass",
    connected: "실시간",
    connecting: "연결 중…",
    lost: (time) => `${time} 기준`,
    lostMeans: "지금 마스터에 연결할 수 없습니다. 진행 중인 수업은 계속되며, 연결되면 이 페이지도 자동으로 다시 표시됩니다.",
    also: "그 밖에",
    totals: "클러스터 현황",
    students: "보고 있는 학생",
    ofPlaces: (places) => `자리 ${places}개 중`,
    noPlaces: "아직 자리 없음",
    utilization: "사용률",
    taking: "학생을 받는 슬레이브",
    ofSlaves: (count) => `전체 ${count}대 중`,
    streams: "진행 중인 방송",
    ofStreams: (count) => `등록된 ${count}개 중`,
    bandwidth: "학생과 슬레이브로 보내는 양",
    lastMinutes: "최근 30분",
    plots: { students: "학생", places: "자리", load: "부하", meanLoad: "평균 부하", cpu: "CPU", memory: "메모리", bandwidth: "전송량" },
    plotsEmpty: "몇 초 안에 첫 기록이 표시됩니다",
    timeline: "최근 기록",
    timelineLabel: "최근 일부터 보는 기록",
    timelineFilter: "보여 줄 기록",
    timelineEmpty: "마스터가 시작된 뒤로 기록이 없습니다.",
    olderEvents: (count) => `이전 기록 ${count}개 더 보기`,
    showEmpty: "슬레이브 추가",
  },
};
