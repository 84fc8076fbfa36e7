// Which key does what while a class is watched. Pure: knows where the focus is, but no element.

export type PlayerAction = "toggle_play" | "toggle_mute" | "toggle_fullscreen" | "toggle_pip" | "go_live" | "volume_up" | "volume_down";

export interface KeyPress {
  /** KeyboardEvent.key */
  readonly key: string;
  /** KeyboardEvent.code */
  readonly code: string;
  readonly withModifier: boolean;
  readonly isRepeat: boolean;
  /** What has the focus: what somebody types in, what takes keys itself, a button, or nothing of these. */
  readonly focus: "text" | "choice" | "button" | "none";
}

const letters: ReadonlyMap<string, PlayerAction> = new Map([
  ["k", "toggle_play"],
  ["m", "toggle_mute"],
  ["f", "toggle_fullscreen"],
  ["p", "toggle_pip"],
  ["l", "go_live"],
]);
const volume: ReadonlyMap<string, PlayerAction> = new Map([
  ["ArrowUp", "volume_up"],
  ["ArrowDown", "volume_down"],
]);

/** @returns undefined for a key that belongs to somebody else */
export function actionOfKey({ key, code, withModifier, isRepeat, focus }: KeyPress): PlayerAction | undefined {
  if (withModifier || focus === "text") return undefined;
  // Choices and sliders move by arrows, buttons are pressed by the space bar.
  const louder = volume.get(key);
  if (louder !== undefined) return focus === "choice" ? undefined : louder;
  if (isRepeat) return undefined;
  if (focus === "none" && key === " ") return "toggle_play";
  return letters.get(letterOf(key, code));
}

/** While a Korean keyboard types Hangul, `key` is "ㅏ" or "Process": then the place of the key counts. */
function letterOf(key: string, code: string): string {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : "";
}
