// What this device remembers of its student: the name, and the join code of each class. Works without storage, too.

export interface Remembered {
  readonly name: string;
  readonly joinCode: string | undefined;
}

export interface Memory {
  recall(className: string): Remembered | undefined;
  remember(className: string, remembered: Remembered): void;
  forget(className: string): void;
}

const nameKey = "airclass.name";
const codeKey = (className: string): string => `airclass.code.${className}`;

/** @param storage undefined where the browser forbids it (private windows): then nothing is remembered. */
export function createMemory(storage: Storage | undefined): Memory {
  return {
    recall(className) {
      const name = storage?.getItem(nameKey) ?? "";
      return name === "" ? undefined : { name, joinCode: storage?.getItem(codeKey(className)) ?? undefined };
    },
    remember(className, { name, joinCode }) {
      try {
        storage?.setItem(nameKey, name);
        if (joinCode !== undefined) storage?.setItem(codeKey(className), joinCode);
      } catch {
        // Storage is full: the student types the name again next time.
      }
    },
    forget(className) {
      storage?.removeItem(nameKey);
      storage?.removeItem(codeKey(className));
    },
  };
}

/** @returns undefined where access to storage throws. */
export function localStorageOrNone(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    // Blocked by the browser's settings.
    return undefined;
  }
}
