// An error that its reader can mend: a bad setting, a taken port, a missing program.

/** Shown to the user as one sentence without a stack; ends the command with `exitCode`. */
export class UserError extends Error {
  override readonly name = "UserError";
  /** 2 for wrong use (flags, variables), 1 for everything else. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}
