// How large the benchmark is: full, or small with BENCH_QUICK=1 to see that it runs. Numbers only.

export interface BenchSettings {
  readonly quick: boolean;
  /** Viewer numbers tried one after the other, until one stalls. */
  readonly plainSteps: readonly number[];
  readonly lowLatencySteps: readonly number[];
  /** Seconds in which the viewers of a step arrive. */
  readonly rampS: number;
  /** Seconds measured after the ramp. */
  readonly windowS: number;
  /** Publishers started one after the other to time the first part. */
  readonly firstPartRuns: number;
  /** Questions of each kind to the auth hook. */
  readonly hookQuestions: number;
  /** Publishers of each protocol, one after the other. */
  readonly noticeRuns: number;
  /** Classes of each kind whose first WebRTC picture is timed. */
  readonly firstLiveRuns: number;
  /** Browsers opened one after the other to time the first frame. */
  readonly joinRuns: number;
  /** Students who wait for a teacher, each for another one. */
  readonly waitingRuns: number;
  /** Seconds for which one browser's delay is sampled. */
  readonly delayWindowS: number;
  /** Seconds that it plays before. */
  readonly delaySettleS: number;
  /** Seconds of each measurement without viewers. */
  readonly idleWindowS: number;
  readonly footprintStreams: number;
  readonly footprintViewers: number;
  /** Classes whose first viewer comes to a slave without them. */
  readonly firstPictureRuns: number;
  /** First visits of a slow phone. */
  readonly pageRuns: number;
  /** How often each fault is repeated. */
  readonly failoverRuns: number;
  readonly scrapes: number;
  readonly metricsViewers: number;
  /** Windows with metrics, and as many without. */
  readonly metricsPairs: number;
}

const full: BenchSettings = {
  quick: false,
  plainSteps: [1_000, 2_000, 4_000, 6_000, 8_000],
  lowLatencySteps: [500, 1_000, 2_000, 4_000],
  rampS: 7,
  windowS: 12,
  firstPartRuns: 10,
  hookQuestions: 1_000,
  noticeRuns: 10,
  firstLiveRuns: 5,
  joinRuns: 30,
  waitingRuns: 20,
  delayWindowS: 30,
  delaySettleS: 6,
  idleWindowS: 10,
  footprintStreams: 5,
  footprintViewers: 1_000,
  firstPictureRuns: 10,
  pageRuns: 10,
  failoverRuns: 10,
  scrapes: 100,
  metricsViewers: 1_000,
  metricsPairs: 40,
};

const small: BenchSettings = {
  quick: true,
  plainSteps: [200],
  lowLatencySteps: [100],
  rampS: 1,
  windowS: 2,
  firstPartRuns: 1,
  hookQuestions: 50,
  noticeRuns: 1,
  firstLiveRuns: 1,
  joinRuns: 1,
  waitingRuns: 2,
  delayWindowS: 3,
  delaySettleS: 1,
  idleWindowS: 1,
  footprintStreams: 2,
  footprintViewers: 50,
  firstPictureRuns: 2,
  pageRuns: 1,
  failoverRuns: 1,
  scrapes: 5,
  metricsViewers: 100,
  metricsPairs: 2,
};

export function benchSettings(env: NodeJS.ProcessEnv): BenchSettings {
  return env["BENCH_QUICK"] === "1" ? small : full;
}
