// How much a player may tell at once; without a schema library, for players too.

/** Bytes of a report's JSON at most. */
export const maxReportBytes = 2_048;
/** Longest time in a report, ms. */
export const maxReportedMs = 600_000;
