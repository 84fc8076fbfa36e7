// A computer whose clock is wrong: loaded before the program (`node --import …/wrong-clock.ts?offset=600000`, or imported
// by a thread), it shifts what `Date` says. Monotonic time stays, as on a real machine.

/** Shifts this thread's wall clock. @param offsetMs positive: the clock is fast. */
export function setWrongClock(offsetMs: number): void {
  const RealDate = Date;
  const now = (): number => RealDate.now() + offsetMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    apply: (target) => Reflect.construct(target, [now()]).toString(),
    get: (target, name, receiver) => (name === "now" ? now : (Reflect.get(target, name, receiver) as unknown)),
  });
}

const offset = new URL(import.meta.url).searchParams.get("offset");
if (offset !== null) setWrongClock(Number(offset));
