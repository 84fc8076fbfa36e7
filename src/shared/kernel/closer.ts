// Who closes whom: parts register as they start, and stop in reverse order, once.

export interface Closer {
  /** Registers what undoes a start; `name` appears in the error when it fails. */
  add(name: string, close: () => void | Promise<void>): void;
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

  return {
    add(name, close) {
      parts.push({ name, close });
    },
    close() {
      closing ??= run();
      return closing;
    },
  };
}
