// Who watches a class, and sending somebody away from it; for the admin and the teacher of the class.
import { Type } from "typebox";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { ClassViewers } from "../../shared/protocol/class-viewers.ts";
import { ClassName, streamPathOf } from "../../shared/protocol/names.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import { TokenClaims } from "../../shared/protocol/viewer-token.ts";
import type { ApiContext } from "./api-context.ts";
import { callProblems, changeProblems, problems, teacherSecurity } from "./api-schemas.ts";

const ClassParams = Type.Object({ name: ClassName });
const ViewerParams = Type.Object({ name: ClassName, jti: TokenClaims.properties.jti });
const RemovedParams = Type.Object({ name: ClassName, user_id: TokenClaims.properties.user_id });
const common = { tags: ["classes"], security: teacherSecurity };

export function registerViewerRoutes(app: HttpServer, { access, classes, revocation }: ApiContext): void {
  const { requireTeacher } = access;
  const { audience, list, removal, removed } = revocation;

  /** @throws Problem no_such_class */
  function requireClass(name: string): void {
    if (!classes.get(name)) throw new Problem("no_such_class");
  }

  app.get(
    "/api/classes/:name/viewers",
    {
      onRequest: requireTeacher,
      schema: {
        ...common,
        summary: "Who watches the class, and who was removed from it",
        description: "The master asks the slaves that carry the stream; what it says is at most some seconds old.",
        params: ClassParams,
        response: { 200: ClassViewers, ...problems(...callProblems, "no_such_class") },
      },
    },
    async (request): Promise<ClassViewers> => {
      const { name } = request.params;
      requireClass(name);
      const { total, members, missingNodes } = await audience.of(streamPathOf(name));
      // Their slave may not have heard of it yet.
      const present = members.filter(({ jti }) => !list.isTokenRevoked(jti));
      return {
        total: total - (members.length - present.length),
        viewers: present.map(({ jti, userId, userType, nodeId, nodeName, sinceMs }) => ({
          jti,
          user_id: userId,
          user_type: userType,
          node_id: nodeId,
          node_name: nodeName,
          watching_since: new Date(sinceMs).toISOString(),
        })),
        missing_nodes: [...missingNodes],
        removed: removed.list(name).map(({ userId, untilMs }) => ({ user_id: userId, until: new Date(untilMs).toISOString() })),
      };
    },
  );

  app.delete(
    "/api/classes/:name/viewers/:jti",
    {
      onRequest: requireTeacher,
      schema: {
        ...common,
        summary: "Send a viewer away: his tokens end everywhere, and he may not join this class again",
        description:
          "By the name that he gave, for 12 hours or until he is let in again. Slaves hear of it at once, at the latest with their next heartbeat.",
        params: ViewerParams,
        response: { 204: Type.Null(), ...problems(...changeProblems, "no_such_class", "no_such_viewer", "invalid_input") },
      },
    },
    async (request, reply) => {
      const { name, jti } = request.params;
      requireClass(name);
      if ((await removal.remove(name, jti)) === undefined) throw new Problem("no_such_viewer");
      request.log.info({ stream: streamPathOf(name) }, "viewer removed");
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/api/classes/:name/removed/:user_id",
    {
      onRequest: requireTeacher,
      schema: {
        ...common,
        summary: "Let somebody in again who was removed",
        params: RemovedParams,
        response: { 204: Type.Null(), ...problems(...changeProblems, "no_such_class", "no_such_viewer", "invalid_input") },
      },
    },
    async (request, reply) => {
      const { name, user_id: userId } = request.params;
      requireClass(name);
      if (!removed.letIn(name, userId)) throw new Problem("no_such_viewer", "nobody of this name was removed");
      request.log.info({ stream: streamPathOf(name) }, "removed viewer may come again");
      return reply.code(204).send(null);
    },
  );
}
