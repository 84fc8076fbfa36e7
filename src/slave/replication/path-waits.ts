// Who waits for something of a stream, and until when. Knows neither what is waited for nor when it is there.

export interface PathWaits<Answer> {
  /** Undefined after `timeoutMs`. */
  wait(path: string, timeoutMs: number): Promise<Answer | undefined>;
  /** Ends all waits of a path. */
  answer(path: string, answer: Answer | undefined): void;
  has(path: string): boolean;
  /** Of which something is waited for. May be answered while it is walked. */
  paths(): Iterable<string>;
}

export function createPathWaits<Answer>(): PathWaits<Answer> {
  const waits = new Map<string, Set<(answer: Answer | undefined) => void>>();

  return {
    wait(path, timeoutMs) {
      return new Promise((resolve) => {
        const waiting = waits.get(path) ?? new Set();
        waits.set(path, waiting);
        const timer = setTimeout(() => end(undefined), timeoutMs);
        function end(answer: Answer | undefined): void {
          clearTimeout(timer);
          waiting.delete(end);
          if (waiting.size === 0 && waits.get(path) === waiting) waits.delete(path);
          resolve(answer);
        }
        waiting.add(end);
      });
    },
    answer(path, answer) {
      const waiting = waits.get(path) ?? [];
      // Who begins to wait because of an answer waits for the next one.
      waits.delete(path);
      for (const end of waiting) end(answer);
    },
    has: (path) => waits.has(path),
    paths: () => waits.keys(),
  };
}
