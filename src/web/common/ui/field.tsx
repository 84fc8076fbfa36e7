// A labelled input, with its hint and its error where a screen reader finds them.

import type { TargetedEvent } from "preact";

export interface FieldInput {
  readonly name?: string;
  readonly autocomplete?: "off" | "name" | "one-time-code" | "current-password";
  readonly autocapitalize?: "off" | "characters";
  readonly inputMode?: "text" | "numeric";
  readonly spellcheck?: boolean;
  readonly required?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly placeholder?: string;
}

export interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  /** What is typed is not shown. */
  readonly secret?: boolean | undefined;
  readonly errorId?: string | undefined;
  readonly input?: FieldInput | undefined;
}

export function Field({ id, label, value, onInput, hint, error, secret = false, errorId = `${id}-error`, input = {} }: FieldProps) {
  const describedBy = [hint === undefined ? "" : `${id}-hint`, error === undefined ? "" : errorId].filter((part) => part !== "").join(" ");
  const shared = {
    ...input,
    class: "input",
    id,
    value,
    "aria-invalid": error !== undefined,
    "aria-describedby": describedBy === "" ? undefined : describedBy,
    onInput: (event: TargetedEvent<HTMLInputElement>) => onInput(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      {secret ? <input {...shared} type="password" /> : <input {...shared} type="text" />}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p class="error" id={errorId} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
