// Reads the class out of the page's address. Pure.

/** The class of `/watch/<class>`, or undefined when the address names none. */
export function classOfAddress(pathname: string): string | undefined {
  return /^\/watch\/([a-z0-9][a-z0-9_-]{0,63})\/?$/.exec(pathname)?.[1];
}
