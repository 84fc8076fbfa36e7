// How the player plays, as far as the load test's model of it must do the same.

/** A picture that stands for so long stalls; shorter gaps a viewer would not call that: dropped frames, a busy machine. */
export const stallMs = 300;
/** Too far behind the live edge it plays this much faster. */
export const catchUpRate = 1.05;
