// What this device remembers of its student: the name, and of each class the join code and the title. Works without storage, too.

/** Where it is kept; common/kept.ts in the browser. */
export interface Keeper {
  get(key: string): string | undefined;
  /** @param value undefined: it is forgotten */
  set(key: string, value: string | undefined): void;
}

export interface Remembered {
  /** "" when this device knows nobody. */
  readonly name: string;
  readonly joinCode: string | undefined;
  readonly title: string | undefined;
}

export interface Memory {
  /** Whether the picture by WebRTC was chosen by hand. */
  prefersWebrtc(): boolean;
  preferWebrtc(wanted: boolean): void;
  /** @param className undefined: only the name can be known. */
  recall(className: string | undefined): Remembered;
  remember(className: string, remembered: Remembered): void;
  /** Somebody else sits here now. */
  forget(className: string): void;
}

const nameKey = "airclass.name";
const webrtcKey = "airclass.webrtc";
const codeKey = (className: string): string => `airclass.code.${className}`;
const titleKey = (className: string): string => `airclass.title.${className}`;

export function createMemory(keeper: Keeper): Memory {
  return {
    prefersWebrtc: () => keeper.get(webrtcKey) === "yes",
    preferWebrtc: (wanted) => keeper.set(webrtcKey, wanted ? "yes" : undefined),
    recall: (className) => ({
      name: keeper.get(nameKey) ?? "",
      joinCode: className === undefined ? undefined : keeper.get(codeKey(className)),
      title: className === undefined ? undefined : keeper.get(titleKey(className)),
    }),
    remember(className, { name, joinCode, title }) {
      keeper.set(nameKey, name);
      if (joinCode !== undefined) keeper.set(codeKey(className), joinCode);
      if (title !== undefined) keeper.set(titleKey(className), title);
    },
    forget(className) {
      for (const key of [nameKey, codeKey(className), titleKey(className)]) keeper.set(key, undefined);
    },
  };
}
