// Buttons: what they do is in words; an icon alone has its words for screen readers and as a tooltip.
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

export interface ButtonProps {
  readonly kind?: "primary" | "danger" | "quiet" | undefined;
  readonly type?: "button" | "submit" | undefined;
  readonly icon?: IconName | undefined;
  readonly id?: string | undefined;
  readonly disabled?: boolean | undefined;
  /** Something is under way: not to be pressed again. */
  readonly busy?: boolean | undefined;
  readonly onClick?: (() => void) | undefined;
  readonly children: ComponentChildren;
}

export function Button({ kind, type = "button", icon, id, disabled = false, busy = false, onClick, children }: ButtonProps) {
  return (
    <button id={id} class={`button ${kind ?? ""}`} type={type} disabled={disabled || busy} aria-busy={busy} onClick={onClick}>
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  );
}

export interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly id?: string | undefined;
  readonly disabled?: boolean | undefined;
  /** For a switch: whether it is on. */
  readonly pressed?: boolean | undefined;
  readonly onClick: () => void;
}

export function IconButton({ icon, label, id, disabled = false, pressed, onClick }: IconButtonProps) {
  return (
    <button
      id={id}
      class="button quiet icon-only"
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
