// Small things that this browser keeps for its user. Works without storage, too: then nothing is kept.

/** @returns undefined where access to storage throws. */
function localStorageOrNone(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    // Blocked by the browser's settings.
    return undefined;
  }
}

export function keptValue(key: string): string | undefined {
  return localStorageOrNone()?.getItem(key) ?? undefined;
}

/** @param value undefined: it is forgotten */
export function keepValue(key: string, value: string | undefined): void {
  const storage = localStorageOrNone();
  if (value === undefined) storage?.removeItem(key);
  else {
    try {
      storage?.setItem(key, value);
    } catch {
      // Storage is full: it is chosen again next time.
    }
  }
}
