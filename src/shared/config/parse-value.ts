// One text from the environment or a flag → one typed value, or the sentence that says what it must be.
import { Value } from "typebox/value";
import type { Variable } from "./variables.ts";

/** `problem` completes "NAME … must be <problem>". */
export type Parsed = { readonly value: unknown } | { readonly problem: string };

export function parseValue({ schema }: Variable, raw: string): Parsed {
  const value = convert(schema, raw.trim());
  return value !== undefined && Value.Check(schema, value) ? { value } : { problem: describeConstraint(schema) };
}

function convert(schema: Variable["schema"], raw: string): unknown {
  const { type } = schema as { type?: string };
  if (type === "integer") return /^[+-]?\d+$/.test(raw) ? Number(raw) : undefined;
  if (type === "number") return /^[+-]?\d+(\.\d+)?$/.test(raw) ? Number(raw) : undefined;
  if (type === "array") return raw.split(",").map((item) => item.trim());
  return raw;
}

/** "a whole number from 0 to 65535", "one of info, debug", "at least 16 characters". */
export function describeConstraint(schema: Variable["schema"]): string {
  const {
    type,
    minimum,
    maximum,
    enum: values,
  } = schema as { type?: string; minimum?: number; maximum?: number; enum?: readonly string[] };
  if (values) return `one of ${values.join(", ")}`;
  if (type === "integer") return `a whole number from ${minimum} to ${maximum}`;
  if (type === "number") return `a number from ${minimum} to ${maximum}`;
  return schema.must ?? "a text";
}
