// The teacher's side: classes, their join codes and stream keys. For the admin only.
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { ClassPatch, ClassRequest, ClassView, ClassWithKey } from "../../shared/protocol/classes.ts";
import { ClassName, streamPathOf } from "../../shared/protocol/names.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import type { ClassRecord } from "../store/store.ts";
import type { ApiContext } from "./api-context.ts";
import { adminSecurity, problems } from "./api-schemas.ts";
import { classView } from "./class-view.ts";
import { askedBy } from "./public-url.ts";

const ClassParams = Type.Object({ name: ClassName });
const common = { tags: ["classes"], security: adminSecurity };

export function registerClassRoutes(app: HttpServer, context: ApiContext): void {
  const { access, classes, config } = context;
  app.addHook("onRequest", access.requireAdmin);

  const view = (request: FastifyRequest, record: ClassRecord): ClassView => classView(context, record, askedBy(config, request));

  app.post(
    "/api/classes",
    {
      schema: {
        ...common,
        summary: "Make a class",
        description: "The stream key is shown here and after `rotate-key`, and nowhere else.",
        body: ClassRequest,
        response: { 201: ClassWithKey, ...problems("admin_required", "class_exists", "join_code_taken", "invalid_input") },
      },
    },
    async (request, reply) => {
      const { name, title, open, join_code: joinCode } = request.body;
      const created = classes.create({ name, title, open, joinCode });
      if (created === "class_exists") throw new Problem("class_exists", `there is a class ${name}`);
      if (created === "join_code_taken") throw new Problem("join_code_taken");
      reply.code(201).header("location", `/api/classes/${name}`);
      request.log.info({ stream: streamPathOf(name) }, "class made");
      return { ...view(request, created.record), stream_key: created.streamKey };
    },
  );

  app.get(
    "/api/classes",
    {
      schema: {
        ...common,
        summary: "All classes",
        response: { 200: Type.Object({ classes: Type.Array(ClassView) }), ...problems("admin_required") },
      },
    },
    async (request) => ({ classes: classes.list().map((record) => view(request, record)) }),
  );

  app.get(
    "/api/classes/:name",
    {
      schema: {
        ...common,
        summary: "One class",
        params: ClassParams,
        response: { 200: ClassView, ...problems("admin_required", "no_such_class") },
      },
    },
    async (request) => view(request, found(classes.get(request.params.name))),
  );

  app.patch(
    "/api/classes/:name",
    {
      schema: {
        ...common,
        summary: "Change title, join code, whether a code is needed, or whether the class is over",
        description: "`closed`: who watches and who publishes is cut off, and nobody gets a token until it is opened again.",
        params: ClassParams,
        body: ClassPatch,
        response: { 200: ClassView, ...problems("admin_required", "no_such_class", "join_code_taken", "invalid_input") },
      },
    },
    async (request) => {
      const { title, open, join_code: joinCode, closed } = request.body;
      const changes = {
        ...(title === undefined ? {} : { title }),
        ...(open === undefined ? {} : { open }),
        ...(joinCode === undefined ? {} : { joinCode }),
        ...(closed === undefined ? {} : { closed }),
      };
      const record = found(classes.change(request.params.name, changes));
      if (record === "join_code_taken") throw new Problem("join_code_taken");
      request.log.info({ stream: streamPathOf(record.name), changed: Object.keys(changes) }, "class changed");
      return view(request, record);
    },
  );

  app.delete(
    "/api/classes/:name",
    {
      schema: {
        ...common,
        summary: "Delete a class; slaves cut its publisher off with their next heartbeat",
        params: ClassParams,
        response: { 204: Type.Null(), ...problems("admin_required", "no_such_class") },
      },
    },
    async (request, reply) => {
      if (!classes.delete(request.params.name)) throw new Problem("no_such_class");
      request.log.info({ stream: streamPathOf(request.params.name) }, "class deleted");
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/classes/:name/rotate-key",
    {
      schema: {
        ...common,
        summary: "A new stream key; the old one ends with the slaves' next heartbeat",
        params: ClassParams,
        response: { 200: ClassWithKey, ...problems("admin_required", "no_such_class") },
      },
    },
    async (request) => {
      const { record, streamKey } = found(classes.rotateKey(request.params.name));
      request.log.info({ stream: streamPathOf(record.name) }, "stream key replaced");
      return { ...view(request, record), stream_key: streamKey };
    },
  );
}

/** @throws Problem no_such_class */
function found<Found>(value: Found | undefined): Found {
  if (value === undefined) throw new Problem("no_such_class");
  return value;
}
