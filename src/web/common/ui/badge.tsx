// A state: icon, word and colour say the same.
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

export type Tone = "good" | "warn" | "bad" | "plain";

export function Badge({ tone, icon, children }: { readonly tone: Tone; readonly icon: IconName; readonly children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {children}
    </span>
  );
}

/** A sentence that wants to be read. @param role `alert` for what has just gone wrong */
export function Note({
  tone,
  icon,
  role,
  children,
}: {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly role?: "alert" | "status" | undefined;
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`note ${tone}`} role={role}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}
