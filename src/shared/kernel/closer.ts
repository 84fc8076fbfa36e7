// Who closes whom: parts register as they start, and stop in reverse order, once.

export interface Closer {
  /** Registers what undoes a start; `name` appears in the error when it fails. */
  add(name: string, close: () => void | Promise<void>): void;
  /** Runs a start that adds its parts one by one: when it fails, those are closed before the error goes on. */
  orClose<Result>(start: () => Promise<Result>): Promise<Result>;
  /** Runs all of them, last added first; every one runs even when another fails. Calling again returns the same promise. */
  close(): Promise<void>;
}

/** @throws AggregateError from `close()` when parts failed to stop, after all were tried. */
export function createCloser(): Closer {
  const parts: { name: string; close: () => void | Promise<void> }[] = [];
  let closing: Promise<void> | undefined;

  async function run(): Promise<void> {
    const errors: Error[] = [];
    for (let part = parts.pop(); part; part = parts.pop()) {
      try {
        await part.close();
      } catch (cause) {
        errors.push(new Error(`${part.name} did not stop cleanly`, { cause }));
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, errors.map((error) => error.message).join("; "));
  }

  function close(): Promise<void> {
    closing ??= run();
    return closing;
  }

  return {
    add(name, close) {
      parts.push({ name, close });
    },
    async orClose(start) {
      try {
        return await start();
      } catch (error) {
        await close();
        throw error;
      }
    },
    close,
  };
}
