// A moment in the name of a file.

/** ISO 8601 in its basic format, in UTC and to the second: 20261122T162759Z. @param wallMs Unix ms. */
export const compactTime = (wallMs: number): string => new Date(wallMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
