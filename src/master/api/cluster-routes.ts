// What the operator reads and orders: nodes, streams, sessions, drain. For the admin only.
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { PrometheusTargets, ReplicasView, SessionView, StreamsView } from "../../shared/protocol/cluster-views.ts";
import { ClassName, StreamPath, streamPathOf } from "../../shared/protocol/names.ts";
import { BestNodeView, DrainRequest, NodesView, NodeView } from "../../shared/protocol/nodes.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import type { ApiContext } from "./api-context.ts";
import { adminSecurity, callProblems, changeProblems, NodeParams, problems } from "./api-schemas.ts";
import { bestNodeView, nodesView, nodeView, prometheusTargets, replicasView, sessionView, streamsView } from "./cluster-views.ts";
import { hostNameOf } from "./node-urls.ts";
import { askedBy } from "./public-url.ts";

/** Long enough that those who are moved do not all come to the other nodes at once. */
const defaultDrainS = 60;

const common = { tags: ["cluster"], security: adminSecurity };

export function registerClusterRoutes(app: HttpServer, context: ApiContext): void {
  const { access, config, registry, router, directory, sessions, clock, nodes, lostNodes } = context;
  app.addHook("onRequest", access.requireAdmin);

  app.get(
    "/cluster/nodes",
    { schema: { ...common, summary: "All nodes", response: { 200: NodesView, ...problems(...callProblems) } } },
    async (request) => nodesView(context, askedBy(config, request)),
  );

  app.get(
    "/cluster/best-node",
    {
      schema: {
        ...common,
        summary: "The node that the next viewer would get",
        querystring: Type.Object({ path: Type.Optional(StreamPath) }),
        response: { 200: BestNodeView, ...problems(...callProblems, "invalid_input", "no_node", "no_capacity") },
      },
    },
    async (request) => {
      const { path } = request.query;
      const choice = router.preview({ path: path ?? "", carriers: path === undefined ? undefined : directory.carriersOf(path) });
      if (choice.kind !== "chosen") throw new Problem(choice.kind, undefined, { retryAfterS: 5 });
      const node = registry.get(choice.seats.nodeId);
      if (!node) throw new Problem("no_node", undefined, { retryAfterS: 1 });
      return bestNodeView(node, choice.seats, path, askedBy(config, request));
    },
  );

  app.get(
    "/cluster/streams",
    { schema: { ...common, summary: "Streams and where they are", response: { 200: StreamsView, ...problems(...callProblems) } } },
    async () => streamsView(directory, config.REPLICATION_FACTOR),
  );

  app.get(
    "/cluster/streams/live/:name/replicas",
    {
      schema: {
        ...common,
        summary: "The copies of a stream, and how far they are behind",
        params: Type.Object({ name: ClassName }),
        response: { 200: ReplicasView, ...problems(...callProblems, "no_such_stream", "invalid_input") },
      },
    },
    async (request) => {
      const view = replicasView(directory, streamPathOf(request.params.name), config.REPLICATION_FACTOR);
      if (!view) throw new Problem("no_such_stream");
      return view;
    },
  );

  app.get(
    "/cluster/sessions/:jti",
    {
      schema: {
        ...common,
        summary: "Where a viewer is: the node of the token, or of the one that followed it",
        params: Type.Object({ jti: Type.String({ maxLength: 64 }) }),
        response: { 200: SessionView, ...problems(...callProblems, "no_such_session") },
      },
    },
    async (request) => {
      const { jti } = request.params;
      const current = sessions.current(jti, clock.wallMs());
      if (!current) throw new Problem("no_such_session");
      return sessionView(jti, current);
    },
  );

  app.get(
    "/cluster/prometheus",
    {
      schema: {
        ...common,
        summary: "Every node as a Prometheus target (http_sd)",
        description: "Also those that went silent, until they are forgotten after 10 minutes, so that Prometheus sees that they are down.",
        response: { 200: PrometheusTargets, ...problems(...callProblems) },
      },
    },
    async (request) =>
      prometheusTargets([...registry.list().map(({ info }) => info), ...lostNodes.list(clock.monotonicMs())], hostNameOf(request.host)),
  );

  const setDraining = async (request: FastifyRequest<{ Params: { id: string } }>, deadlineMs: number | undefined): Promise<NodeView> => {
    const { id } = request.params;
    const node = registry.setDraining(id, deadlineMs);
    if (!node) throw new Problem("no_such_node", `there is no node ${id}`);
    nodes.setDrainDeadline(id, deadlineMs);
    const until = deadlineMs === undefined ? undefined : new Date(deadlineMs).toISOString();
    request.log.info({ peer: id, until }, until === undefined ? "node is to take viewers again" : "node is to be emptied");
    return nodeView(context, node, askedBy(config, request));
  };
  const drainSchema = {
    ...common,
    params: NodeParams,
    response: { 200: NodeView, ...problems(...changeProblems, "no_such_node", "invalid_input") },
  };

  app.post(
    "/cluster/nodes/:id/drain",
    {
      schema: {
        ...drainSchema,
        summary: "Empty a node: no new viewers and publishers, those that are there are moved elsewhere",
        description: "`drained` when all are gone. Holds over restarts of the node and of the master, until undrained.",
        body: Type.Union([DrainRequest, Type.Null()]),
      },
    },
    (request) => setDraining(request, clock.wallMs() + Math.round((request.body?.deadline_s ?? defaultDrainS) * 1_000)),
  );

  app.post(
    "/cluster/nodes/:id/undrain",
    { schema: { ...drainSchema, summary: "Send viewers and publishers to a node again" } },
    (request) => setDraining(request, undefined),
  );
}
