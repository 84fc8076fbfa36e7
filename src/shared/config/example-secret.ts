// Secrets that everybody can read in the repository. Pure.

/** Whether it is one of `.env.example`, or of the many files like it: `change-me`. */
export const isExampleSecret = (secret: string): boolean => /change[-_ ]?me/i.test(secret);
