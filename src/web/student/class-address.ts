// What the page's address says: the class, and the join code that a link or a QR code brings along. Pure.

export interface PageAddress {
  /** Of `/watch/<class>`; undefined when the address names none. */
  readonly className: string | undefined;
  /** Behind the `#`, which no server and no log gets to see. */
  readonly joinCode: string | undefined;
}

const codePattern = /^[A-Za-z0-9-]{4,32}$/;

/** @param hash with its `#`, as `location.hash` */
export function readAddress(pathname: string, hash: string): PageAddress {
  const joinCode = hash.slice(1);
  return {
    className: /^\/watch\/([a-z0-9][a-z0-9_-]{0,63})\/?$/.exec(pathname)?.[1],
    joinCode: codePattern.test(joinCode) ? joinCode : undefined,
  };
}

/** Where a class is watched, below the page's own origin. */
export const watchPath = (className: string): string => `/watch/${className}`;
