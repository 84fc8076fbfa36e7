// The wire's rule for join codes (src/shared/protocol/viewer-token.ts), which comes with a schema library that pages do without. Pure.

export const isJoinCode = (code: string): boolean => /^[A-Za-z0-9-]{4,32}$/.test(code);

/** What is typed as a code, without what people put between its letters. */
export const tidiedCode = (typed: string): string => typed.replaceAll(/\s+/g, "").toUpperCase().slice(0, 32);
