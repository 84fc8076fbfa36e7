// How a slave tells a gateway why it does not take a stream: RTMP has room for one sentence only, so the code stands before
// it. Teachers, who see that sentence in OBS, get it without.

/** What a gateway does about it differs: another epoch, or another slave. */
export interface RelayRefusal {
  /** As in the slave's log, for example `publisher_present`: a higher epoch is known. Undefined: not from a slave of ours. */
  readonly code: string | undefined;
  readonly reason: string;
}

/** The description of the RTMP answer. */
export function writeRelayRefusal(code: string, reason: string): string {
  return `${code}: ${reason}`;
}

/** What `writeRelayRefusal` made, or what another server said, as it is. */
export function readRelayRefusal(description: string): RelayRefusal {
  const [, code, reason] = /^([a-z_]{1,32}): (.*)$/s.exec(description) ?? [];
  return { code, reason: reason ?? description };
}
