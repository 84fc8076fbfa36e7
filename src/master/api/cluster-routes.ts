// What the operator reads and orders: nodes, streams, sessions, drain. For the admin only.
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { PrometheusTargets, SessionView, StreamsView } from "../../shared/protocol/cluster-views.ts";
import { StreamPath } from "../../shared/protocol/names.ts";
import { BestNodeView, NodesView, NodeView } from "../../shared/protocol/nodes.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import type { ApiContext } from "./api-context.ts";
import { adminSecurity, NodeParams, problems } from "./api-schemas.ts";
import { bestNodeView, nodesView, nodeView, prometheusTargets, sessionView, streamsView } from "./cluster-views.ts";
import { hostNameOf } from "./node-urls.ts";

const common = { tags: ["cluster"], security: adminSecurity };

export function registerClusterRoutes(app: HttpServer, context: ApiContext): void {
  const { access, registry, router, directory, sessions, clock, nodes } = context;
  app.addHook("onRequest", access.requireAdmin);

  app.get(
    "/cluster/nodes",
    { schema: { ...common, summary: "All nodes", response: { 200: NodesView, ...problems("admin_required") } } },
    async (request) => nodesView(context, hostNameOf(request.host)),
  );

  app.get(
    "/cluster/best-node",
    {
      schema: {
        ...common,
        summary: "The node that the next viewer would get",
        querystring: Type.Object({ path: Type.Optional(StreamPath) }),
        response: { 200: BestNodeView, ...problems("admin_required", "invalid_input", "no_node", "no_capacity") },
      },
    },
    async (request) => {
      const { path } = request.query;
      const choice = router.preview({ path: path ?? "", carriers: path === undefined ? undefined : directory.carriersOf(path) });
      if (choice.kind !== "chosen") throw new Problem(choice.kind, undefined, { retryAfterS: 5 });
      const node = registry.get(choice.seats.nodeId);
      if (!node) throw new Problem("no_node", undefined, { retryAfterS: 1 });
      return bestNodeView(node, choice.seats, path, hostNameOf(request.host));
    },
  );

  app.get(
    "/cluster/streams",
    { schema: { ...common, summary: "Streams and where they are", response: { 200: StreamsView, ...problems("admin_required") } } },
    async () => streamsView(directory),
  );

  app.get(
    "/cluster/sessions/:jti",
    {
      schema: {
        ...common,
        summary: "Where a viewer was sent",
        params: Type.Object({ jti: Type.String({ maxLength: 64 }) }),
        response: { 200: SessionView, ...problems("admin_required", "no_such_session") },
      },
    },
    async (request) => {
      const session = sessions.get(request.params.jti, clock.wallMs());
      if (!session) throw new Problem("no_such_session");
      return sessionView(session);
    },
  );

  app.get(
    "/cluster/prometheus",
    {
      schema: {
        ...common,
        summary: "Every node as a Prometheus target (http_sd)",
        response: { 200: PrometheusTargets, ...problems("admin_required") },
      },
    },
    async (request) => prometheusTargets(registry.list(), hostNameOf(request.host)),
  );

  const setDraining = async (request: FastifyRequest<{ Params: { id: string } }>, draining: boolean): Promise<NodeView> => {
    const { id } = request.params;
    const node = registry.setDraining(id, draining);
    if (!node) throw new Problem("no_such_node", `there is no node ${id}`);
    nodes.setDraining(id, draining);
    return nodeView(context, node, hostNameOf(request.host));
  };
  const drainSchema = { ...common, params: NodeParams, response: { 200: NodeView, ...problems("admin_required", "no_such_node") } };
  const drainSummary = "Send no new viewers to a node; holds over restarts of both until undrained";

  app.post("/cluster/nodes/:id/drain", { schema: { ...drainSchema, summary: drainSummary } }, (request) => setDraining(request, true));
  app.post("/cluster/nodes/:id/undrain", { schema: { ...drainSchema, summary: "Send viewers to a node again" } }, (request) =>
    setDraining(request, false),
  );
}
