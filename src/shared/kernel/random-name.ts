// A name for something that is told apart from others of its kind by chance alone. No secret: see ../tokens/random-secrets.ts.
import { randomBytes } from "node:crypto";

/** @returns for example `gateway-3f09ac41d7`: 40 random bits, so that of a thousand no two are alike. */
export const randomName = (kind: string): string => `${kind}-${randomBytes(5).toString("hex")}`;
