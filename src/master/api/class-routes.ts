// The teacher's side: classes, their join codes, stream keys and teacher tokens. Making, deleting and handing out teacher
// tokens is for the admin; the rest of a class is for its teacher, too.
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import { ClassPatch, ClassRequest, ClassView, ClassWithKey, TeacherToken } from "../../shared/protocol/classes.ts";
import { ClassName, streamPathOf } from "../../shared/protocol/names.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import type { ClassRecord } from "../store/store.ts";
import type { ApiContext } from "./api-context.ts";
import { adminSecurity, callProblems, changeProblems, problems, teacherSecurity } from "./api-schemas.ts";
import { classView } from "./class-view.ts";
import { askedBy, publicUrl } from "./public-url.ts";

const ClassParams = Type.Object({ name: ClassName });
const tags = ["classes"];
const forAdmin = { tags, security: adminSecurity };
const forTeacher = { tags, security: teacherSecurity };

/** Join codes that a teacher chooses, per class: that one is taken says that another class has it. */
const chosenCodeLimit = { burst: 30, perSecond: 0.1 };

export function registerClassRoutes(app: HttpServer, context: ApiContext): void {
  const { access, classes, clock, config } = context;
  const { removal } = context.revocation;
  const { requireAdmin, requireCaller, requireTeacher } = access;
  const chosenCodes = createRateLimiter(chosenCodeLimit);

  const view = (request: FastifyRequest, record: ClassRecord): ClassView => classView(context, record, askedBy(config, request));

  app.post(
    "/api/classes",
    {
      onRequest: requireAdmin,
      schema: {
        ...forAdmin,
        summary: "Make a class",
        description: "The stream key is shown here and after `rotate-key`, and nowhere else.",
        body: ClassRequest,
        response: { 201: ClassWithKey, ...problems(...changeProblems, "class_exists", "join_code_taken", "invalid_input") },
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
      onRequest: requireCaller,
      schema: {
        ...forTeacher,
        summary: "All classes; for a teacher, his own",
        response: { 200: Type.Object({ classes: Type.Array(ClassView) }), ...problems(...callProblems) },
      },
    },
    async (request) => {
      const caller = access.identify(request);
      const own = caller?.role === "teacher" ? [classes.get(caller.className)].filter((record) => record !== undefined) : classes.list();
      return { classes: own.map((record) => view(request, record)) };
    },
  );

  app.get(
    "/api/classes/:name",
    {
      onRequest: requireTeacher,
      schema: {
        ...forTeacher,
        summary: "One class",
        params: ClassParams,
        response: { 200: ClassView, ...problems(...callProblems, "no_such_class") },
      },
    },
    async (request) => view(request, found(classes.get(request.params.name))),
  );

  app.patch(
    "/api/classes/:name",
    {
      onRequest: requireTeacher,
      schema: {
        ...forTeacher,
        summary: "Change title, join code, whether a code is needed, or whether the class is over",
        description: "`closed`: who watches and who publishes is cut off, and nobody gets a token until it is opened again.",
        params: ClassParams,
        body: ClassPatch,
        response: { 200: ClassView, ...problems(...changeProblems, "no_such_class", "join_code_taken", "invalid_input") },
      },
    },
    async (request) => {
      const { title, open, join_code: joinCode, closed } = request.body;
      if (joinCode !== undefined && !access.isAdmin(request)) limitChosenCodes(request.params.name);
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
      onRequest: requireAdmin,
      schema: {
        ...forAdmin,
        summary: "Delete a class; slaves cut its publisher off with their next heartbeat",
        params: ClassParams,
        response: { 204: Type.Null(), ...problems(...changeProblems, "no_such_class") },
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
      onRequest: requireTeacher,
      schema: {
        ...forTeacher,
        summary: "A new stream key; the old one ends with the slaves' next heartbeat",
        params: ClassParams,
        response: { 200: ClassWithKey, ...problems(...changeProblems, "no_such_class") },
      },
    },
    async (request) => {
      const { record, streamKey } = found(classes.rotateKey(request.params.name));
      request.log.info({ stream: streamPathOf(record.name) }, "stream key replaced");
      return { ...view(request, record), stream_key: streamKey };
    },
  );

  app.post(
    "/api/classes/:name/teacher-token",
    {
      onRequest: requireAdmin,
      schema: {
        ...forAdmin,
        summary: "A new teacher token, shown this once: signs in for this class alone",
        description: "The one before ends at once, and with it who is signed in with it, and viewer tokens of this class's teachers.",
        params: ClassParams,
        response: { 200: TeacherToken, ...problems(...changeProblems, "no_such_class") },
      },
    },
    async (request) => {
      const { name } = request.params;
      const token = found(classes.makeTeacherToken(name));
      await removal.endTeachers(name);
      request.log.info({ stream: streamPathOf(name) }, "teacher token made");
      return { teacher_token: token, teach_url: `${publicUrl(config, request)}/teach#${token}` };
    },
  );

  app.delete(
    "/api/classes/:name/teacher-token",
    {
      onRequest: requireAdmin,
      schema: {
        ...forAdmin,
        summary: "Take the teacher token away; who is signed in with it is signed out",
        description: "Viewer tokens of this class's teachers end, too: a page that may go on gets another one by itself.",
        params: ClassParams,
        response: { 204: Type.Null(), ...problems(...changeProblems, "no_such_class") },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      if (!classes.removeTeacherToken(name)) throw new Problem("no_such_class");
      await removal.endTeachers(name);
      request.log.info({ stream: streamPathOf(name) }, "teacher token taken away");
      return reply.code(204).send(null);
    },
  );

  function limitChosenCodes(name: string): void {
    const retryAfterS = chosenCodes.take(name, clock.monotonicMs());
    if (retryAfterS > 0) throw new Problem("too_many_requests", "the join code was changed too often", { retryAfterS });
  }
}

/** @throws Problem no_such_class */
function found<Found>(value: Found | undefined): Found {
  if (value === undefined) throw new Problem("no_such_class");
  return value;
}
