// Asks the master which class a join code is for. Knows no page.
import type { ApiClient } from "../common/api-client.ts";
import type { FormProblem } from "./form-state.ts";

export type FoundClass =
  | { readonly found: true; readonly className: string; readonly title: string }
  | { readonly found: false; readonly problem: FormProblem };

/** @param joinCode as `isCode` wants it */
export async function findClass(client: ApiClient, joinCode: string): Promise<FoundClass> {
  const answer = await client.call<unknown>("POST", "/api/join", { join_code: joinCode });
  if (!answer.ok) return { found: false, problem: problemOf(answer.status, answer.retryAfterS) };
  const [className, title] = ["name", "title"].map((key): unknown =>
    typeof answer.value === "object" && answer.value !== null ? Reflect.get(answer.value, key) : undefined,
  );
  if (typeof className !== "string" || typeof title !== "string") return { found: false, problem: { kind: "failed" } };
  return { found: true, className, title };
}

function problemOf(status: number, retryAfterS: number | undefined): FormProblem {
  if (status === 429) return { kind: "too_many_tries", retryAfterS };
  if (status === 0 || status === 502 || status === 503 || status === 504) return { kind: "unreachable" };
  return { kind: status === 403 || status === 404 || status === 422 ? "join_code_wrong" : "failed" };
}
