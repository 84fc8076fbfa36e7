// The variables as people read them: --help and docs/config.md. Both come from the schema, so neither can be wrong.
import { describeConstraint } from "./parse-value.ts";
import { allRoles, variables } from "./variables.ts";
import type { Role, Variable } from "./variables.ts";

function defaultOf({ schema, required }: Variable): string {
  if (schema.default !== undefined) return String(schema.default);
  return required ? "required" : "–";
}

/** Lines for `airclass <role> --help`. */
export function helpText(role: Role): string {
  const mine = variables.filter((variable) => variable.roles.includes(role));
  const width = Math.max(...mine.map((variable) => variable.flag.length));
  return mine
    .map((variable) => {
      const { schema, flag } = variable;
      return `  ${flag.padEnd(width)}  ${schema.description} (${describeConstraint(schema)}; ${defaultOf(variable)})`;
    })
    .join("\n");
}

/** The table of docs/config.md. */
export function configTable(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const rows = variables.map((variable) => {
    const { name, roles, schema } = variable;
    const role = roles.length === allRoles.length ? "all" : roles.join(", ");
    return `| \`${name}\` | ${role} | ${cell(defaultOf(variable))} | ${cell(describeConstraint(schema))} | ${cell(schema.description)} | \`${cell(schema.example)}\` |`;
  });
  return ["| variable | role | default | must be | meaning | example |", "| --- | --- | --- | --- | --- | --- |", ...rows].join("\n");
}
