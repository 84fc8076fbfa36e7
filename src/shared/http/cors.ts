// Which other sites' pages may call an API (Fetch standard, CORS). Media answers do this by themselves, quicker.
import cors from "@fastify/cors";
import type { HttpServer } from "./http-server.ts";

/** Before the routes. @param origins `*` among them: every page; none: only pages of the API's own origin. */
export async function allowOrigins(app: HttpServer, origins: readonly string[]): Promise<void> {
  await app.register(cors, {
    origin: origins.includes("*") ? "*" : [...origins],
    // What the player reads on another site's page: when to come back, and how its clock differs.
    exposedHeaders: ["retry-after", "date"],
    methods: ["GET", "HEAD", "POST", "PATCH", "DELETE"],
    maxAge: 600,
  });
}
