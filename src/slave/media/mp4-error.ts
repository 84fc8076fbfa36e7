// The one error that readers of fMP4 throw. Its text never contains bytes of the input.

export type Mp4ErrorCode = "truncated" | "malformed" | "unsupported" | "too_large";

/** Input that is not the fMP4 we expect. It ends the stream that it came from, nothing else. */
export class Mp4Error extends Error {
  override readonly name = "Mp4Error";
  readonly code: Mp4ErrorCode;

  constructor(code: Mp4ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
