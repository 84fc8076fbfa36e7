// The form that asks who joins, and with which code: what it asks for and what is wrong with it. Pure.
import type { ClassRefusal } from "../player/class-player.ts";

export type FormProblem =
  | { readonly kind: "join_code_wrong" | "no_such_class" | "code_shape" | "bad_name" | "unreachable" | "failed" }
  | { readonly kind: "too_many_tries"; readonly retryAfterS: number | undefined };

export interface FormState {
  readonly name: string;
  readonly code: string;
  /** Of a page without a class the code comes first, of others only when it is needed. */
  readonly asks: "name" | "name_and_code" | "code_and_name";
  readonly problem: FormProblem | undefined;
  /** The class said that it has a code: news, and no mistake. */
  readonly isNews: boolean;
  readonly busy: boolean;
}

/** Where the problem is shown. */
export const fieldOf = ({ kind }: FormProblem): "name" | "code" | "form" => {
  if (kind === "bad_name") return "name";
  return kind === "join_code_wrong" || kind === "no_such_class" || kind === "code_shape" ? "code" : "form";
};

/** What somebody types for `K7QX2M`: with spaces, in small letters, with a dash of another kind. */
export const tidyCode = (typed: string): string =>
  typed
    .replaceAll(/\s/gu, "")
    .replaceAll(/[‐‑‒–—−]/gu, "-")
    .toUpperCase();

/** Names are for people: what they cannot see goes. */
export const tidyName = (typed: string): string => typed.replaceAll(/\p{Cc}/gu, "").trim();

export const isCode = (code: string): boolean => /^[A-Za-z0-9-]{4,32}$/.test(code);

/** @param className undefined: the code says which class it is */
export function firstForm(className: string | undefined, name: string, code: string): FormState {
  return { name, code, asks: className === undefined ? "code_and_name" : "name", problem: undefined, isNews: false, busy: false };
}

/** Refusals that the student can mend in the form; others are said over the picture. */
export type FormRefusal = Extract<ClassRefusal, "join_code_required" | "join_code_wrong" | "no_such_class" | "bad_name">;

export const isForForm = (refusal: ClassRefusal | undefined): refusal is FormRefusal =>
  refusal === "join_code_required" || refusal === "join_code_wrong" || refusal === "no_such_class" || refusal === "bad_name";

/** The form after the master has refused what was in it. */
export function refusedForm(form: FormState, refusal: FormRefusal): FormState {
  const asks = form.asks === "name" ? "name_and_code" : form.asks;
  const before = { ...form, busy: false, isNews: false };
  switch (refusal) {
    case "join_code_required":
      return { ...before, asks, problem: undefined, isNews: true };
    case "join_code_wrong":
      return { ...before, asks, problem: { kind: "join_code_wrong" } };
    case "no_such_class":
      // The address is no good, but a code leads to a class as well.
      return { ...before, code: "", asks: "code_and_name", problem: { kind: "no_such_class" } };
    case "bad_name":
      return { ...before, problem: { kind: "bad_name" } };
  }
}
